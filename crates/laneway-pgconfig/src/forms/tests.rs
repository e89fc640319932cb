//! Each form, read; and that whatever is read shows nothing.

use proptest::prelude::*;

use super::*;

fn read_as(text: &str) -> Vec<(&'static str, String)> {
    read(text).unwrap().into_iter().map(|parameter| (parameter.word.name, parameter.value)).collect()
}

#[test]
fn forms_are_recognised() {
    for (text, form) in [
        ("postgres://u@h/d", Form::Url),
        ("postgresql://h?service=s", Form::Url),
        ("host=h port=1", Form::Pairs),
        ("host=h", Form::Pairs),
        ("service=s", Form::Pairs),
        ("", Form::Pairs),
        ("nonsense", Form::Pairs),
        ("host=h password=a;b user=u", Form::Pairs),
        ("password=a;b host=h", Form::Pairs),
        ("password='a;b=c' host=h", Form::Pairs),
        ("host=h password=a;user=b dbname=d", Form::Pairs),
        ("host=127.0.0.1;port=1;username=u;password=hunter2;database=d;", Form::Semicolons),
        ("host=h;", Form::Semicolons),
        ("Host=h", Form::Semicolons),
        ("Server=h;User Id=u", Form::Semicolons),
        ("SSL Mode=Require;Host=h", Form::Semicolons),
        ("password=a=b;host=h", Form::Semicolons),
        ("Frobnicate=1;Host=h", Form::Semicolons),
        ("Password=\"a;b\";Host=h", Form::Semicolons),
    ] {
        assert_eq!(Form::of(text), form, "{text}");
    }
}

#[test]
fn every_form_says_the_same() {
    let expected = [("dbname", "d"), ("host", "h"), ("password", "p;' \\@"), ("port", "1"), ("user", "u")];
    for text in [
        "postgres://u:p;'%20%5C%40@h:1/d",
        r"user=u password='p;\' \\@' host=h port=1 dbname=d",
        r#"Username=u;PASSWORD="p;' \@";host=h;Port = 1;Database=d"#,
        r#"user id=u;pwd='p;'' \@';server=h;port=1;DB=d;"#,
    ] {
        let mut found = read_as(text);
        found.sort();
        let found: Vec<_> = found.iter().map(|(word, value)| (*word, value.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn urls_are_read_as_libpq_reads_them() {
    for (text, expected) in [
        ("postgres://h?ssl=true", vec![("host", "h"), ("sslmode", "require")]),
        ("postgres://u:a?b@h", vec![("user", "u"), ("password", "a?b"), ("host", "h")]),
        ("postgres://u@/d?host=/run", vec![("user", "u"), ("dbname", "d"), ("host", "/run")]),
        ("postgres://?%70ort=1", vec![("port", "1")]),
        ("postgres://u@h/d?user=a@b", vec![("user", "u"), ("host", "h"), ("dbname", "d"), ("user", "a@b")]),
    ] {
        let found = read_as(text);
        let found: Vec<_> = found.iter().map(|(word, value)| (*word, value.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn npgsql_s_values_become_libpq_s() {
    for (text, word, value) in [
        ("SSL Mode=VerifyFull", "sslmode", Some("verify-full")),
        ("sslmode=VERIFYCA;Host=h", "sslmode", Some("verify-ca")),
        ("Ssl Mode=Allow", "sslmode", Some("allow")),
        ("Target Session Attributes=prefer-primary", "target_session_attrs", Some("primary")),
        ("Load Balance Hosts=True", "load_balance_hosts", Some("random")),
        ("Load Balance Hosts=false", "load_balance_hosts", Some("disable")),
        ("TCP Keepalive=true", "keepalives", Some("1")),
        ("TCP Keepalive=false", "keepalives", None),
        ("Keepalive=0", "keepalives_idle", None),
        ("Keepalive=7", "keepalives_idle", Some("7")),
        ("Timeout=3", "connect_timeout", Some("3")),
        ("Database=a;DB=b", "dbname", Some("b")),
        ("Database=a;DB=", "dbname", None),
        ("Options=-c work_mem=64MB", "options", Some("-c work_mem=64MB")),
        ("GSS Encryption Mode=Disable", "gssencmode", Some("disable")),
    ] {
        let found = read_as(text);
        assert_eq!(found.iter().find(|(name, _)| *name == word).map(|(_, value)| value.as_str()), value, "{text}");
    }
}

#[test]
fn broken_escapes_are_refused() {
    for value in ["%", "%2", "a%zz", "%+1", "%ff", "%2%30", "%00"] {
        assert!(read(&format!("postgres://h?passfile={value}")).is_err(), "{value}");
    }
}

proptest! {
    #[test]
    fn quoting_is_undone_by_reading(values in prop::collection::vec("[^\0]*", 0..4)) {
        let text: Vec<String> = values.iter().map(|value| format!("password={}", pairs::quoted(value))).collect();
        let found = pairs::read(&text.join(" ")).unwrap();
        prop_assert_eq!(found.into_iter().map(|written| written.value).collect::<Vec<_>>(), values.clone());
        let text: Vec<String> = values.iter().map(|value| format!("Password={}", semicolons::quoted(value))).collect();
        let found = semicolons::read(&text.join(";")).unwrap();
        prop_assert_eq!(found.into_iter().map(|written| written.value).collect::<Vec<_>>(), values);
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".*", form in prop::sample::select(vec!["", "postgres://", "Host=h;", "host=h "])) {
        let _ = read(&format!("{form}{text}"));
    }
}
