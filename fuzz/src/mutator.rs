//! Changes inputs at random, from a seed, without knowing what they reach: for plain tests, where there is no coverage to
//! go by. Knows bytes and words; knows no target.

/// What is inserted at a time at most, when it is a piece of another input.
const PIECE_BYTES_MAX: usize = 64;
/// An input that has grown larger is cut: what is found in a small one is understood sooner.
const INPUT_BYTES_MAX: usize = 16 << 10;
/// Changes made to an input at a time at most.
const CHANGES_MAX: usize = 6;
/// What numbers are turned into: where widths, signs and counts end.
const NUMBERS: [&str; 12] = [
    "0",
    "-1",
    "127",
    "256",
    "65535",
    "2147483647",
    "-2147483648",
    "4294967296",
    "9223372036854775807",
    "18446744073709551616",
    "1e400",
    "0.1",
];

/// Words that the inputs of a target are made of.
#[derive(Clone, Default, Debug)]
pub struct Dictionary(Vec<Vec<u8>>);

impl Dictionary {
    /// Reads libFuzzer's form: a word a line in quotes, `\\`, `\"` and `\xHH` in it, perhaps behind a name and `=`.
    ///
    /// # Errors
    /// The line that is not of this form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(|line| word(line).ok_or_else(|| line.to_owned())).collect::<Result<_, _>>().map(Self)
    }
}

fn word(line: &str) -> Option<Vec<u8>> {
    let quoted = &line[line.find('"')?..];
    let mut rest = quoted.strip_prefix('"')?.strip_suffix('"')?.bytes();
    let mut word = Vec::new();
    while let Some(byte) = rest.next() {
        word.push(match byte {
            b'\\' => match rest.next()? {
                b'x' => u8::from_str_radix(&String::from_utf8(vec![rest.next()?, rest.next()?]).ok()?, 16).ok()?,
                byte @ (b'\\' | b'"') => byte,
                _ => return None,
            },
            byte => byte,
        });
    }
    Some(word)
}

/// Makes one input after another from a corpus.
#[derive(Debug)]
pub struct Mutator<'a> {
    corpus: &'a [Vec<u8>],
    dictionary: &'a Dictionary,
    random: fastrand::Rng,
}

impl<'a> Mutator<'a> {
    /// The same seed gives the same inputs.
    #[must_use]
    pub fn new(corpus: &'a [Vec<u8>], dictionary: &'a Dictionary, seed: u64) -> Self {
        Self { corpus, dictionary, random: fastrand::Rng::with_seed(seed) }
    }

    /// The next input.
    pub fn input(&mut self) -> Vec<u8> {
        let mut input = self.random.choice(self.corpus).cloned().unwrap_or_default();
        for _ in 0..self.random.usize(1..=CHANGES_MAX) {
            self.change(&mut input);
        }
        input.truncate(INPUT_BYTES_MAX);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        match self.random.u8(0..9) {
            0 => self.replace(input, |random, byte| byte ^ (1 << random.u8(0..8))),
            1 => self.replace(input, |random, _| random.u8(..)),
            2 => self.replace(input, |random, byte| byte.wrapping_add_signed(random.i8(-4..=4))),
            3 => {
                let range = self.range(input.len());
                input.drain(range);
            }
            4 => {
                let piece = input[self.range(input.len())].to_vec();
                self.insert(input, &piece);
            }
            5 => {
                let other = self.random.choice(self.corpus).map_or(&[][..], Vec::as_slice);
                let range = self.range(other.len());
                self.insert(input, &other[range]);
            }
            6 => self.replace_number(input),
            _ => {
                let dictionary = self.dictionary;
                match self.random.choice(&dictionary.0) {
                    Some(word) => self.insert(input, word),
                    None => {
                        let byte = self.random.u8(..);
                        self.insert(input, &[byte]);
                    }
                }
            }
        }
    }

    fn replace(&mut self, input: &mut [u8], by: impl Fn(&mut fastrand::Rng, u8) -> u8) {
        if !input.is_empty() {
            let at = self.random.usize(..input.len());
            input[at] = by(&mut self.random, input[at]);
        }
    }

    fn insert(&mut self, input: &mut Vec<u8>, piece: &[u8]) {
        let at = self.random.usize(..=input.len());
        // As often in place of what stands there.
        let end = if self.random.bool() { at } else { (at + piece.len()).min(input.len()) };
        input.splice(at..end, piece.iter().copied());
    }

    /// A number in digits becomes another one.
    fn replace_number(&mut self, input: &mut Vec<u8>) {
        let is_digit = |at: &usize| input[*at].is_ascii_digit();
        let digits: Vec<usize> = (0..input.len()).filter(is_digit).collect();
        let Some(&start) = self.random.choice(&digits) else { return };
        let end = (start..input.len()).find(|at| !is_digit(at)).unwrap_or(input.len());
        let number = NUMBERS[self.random.usize(..NUMBERS.len())];
        input.splice(start..end, number.bytes());
    }

    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.random.usize(..=len);
        start..(start + self.random.usize(..=PIECE_BYTES_MAX)).min(len)
    }
}
