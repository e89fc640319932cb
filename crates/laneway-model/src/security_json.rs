//! The security elements of a document as the store keeps them.

use std::io::Write as _;

use crate::{Extraction, Value};

impl Extraction {
    /// Appends the security elements as the store keeps them: every key present, ids as strings.
    pub fn write_security_elements(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"Namespace\":");
        self.write_texts(&self.security.namespaces, out);
        out.extend_from_slice(b",\"EducationOrganization\":[");
        for (i, organization) in self.security.education_organizations.iter().enumerate() {
            let name = &self.resource.property_names[usize::from(organization.property)];
            let comma = if i == 0 { "" } else { "," };
            // Writing to a Vec cannot fail.
            let _ = write!(out, "{comma}{{\"Id\":\"{}\",\"PropertyName\":", organization.id);
            let _ = serde_json::to_writer(&mut *out, &**name);
            out.push(b'}');
        }
        for (key, values) in [
            ("],\"Student\":", &self.security.students),
            (",\"Contact\":", &self.security.contacts),
            (",\"Staff\":", &self.security.staff),
        ] {
            out.extend_from_slice(key.as_bytes());
            self.write_texts(values, out);
        }
        out.push(b'}');
    }

    fn write_texts(&self, values: &[Value], out: &mut Vec<u8>) {
        out.push(b'[');
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            let _ = serde_json::to_writer(&mut *out, self.text(*value));
        }
        out.push(b']');
    }
}
