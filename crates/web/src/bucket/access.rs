//! Who may use a bucket, and where it is: from a file, else from the environment variables every S3 tool knows. Never
//! from the command line, and never shown.

use std::path::{Path, PathBuf};

/// Region of servers that have none.
const REGION: &str = "us-east-1";

/// Credentials and place. Its secret is in no log and no error.
#[derive(Clone)]
pub struct Access {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
    pub(super) region: String,
    /// `https://host[:port]`; none: Amazon's own.
    pub(super) endpoint: Option<String>,
}

/// Credentials that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The file.
    #[error("{path} cannot be read: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// Not there.
    #[error("{name} is not set; set it in the environment or in the file of S3 credentials")]
    Lacks { name: &'static str },
    /// Not an address.
    #[error("the endpoint {given} is not of the form https://host or http://host:port")]
    Endpoint { given: String },
}

impl Access {
    /// Reads `NAME = value` lines of a file with the names of the environment variables (in any case; `[profiles]` and
    /// comments are passed over), and the environment for what is not in it: `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// A file that cannot be read, a name that is nowhere.
    pub fn find(file: Option<&Path>) -> Result<Access, AccessError> {
        let text = match file {
            Some(path) => {
                std::fs::read_to_string(path).map_err(|source| AccessError::Read { path: path.to_owned(), source })?
            }
            None => String::new(),
        };
        Access::from(&text, |name| std::env::var(name).ok())
    }

    fn from(text: &str, env: impl Fn(&str) -> Option<String>) -> Result<Access, AccessError> {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        let pairs: Vec<_> = lines.map(|(name, value)| (name.trim().to_uppercase(), value.trim())).collect();
        let look = |names: &[&str]| {
            let given =
                |name: &&str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| (*value).to_owned());
            let found = names.iter().find_map(given).or_else(|| names.iter().find_map(|name| env(name)));
            found.filter(|value| !value.is_empty())
        };
        let must = |name: &'static str| look(&[name]).ok_or(AccessError::Lacks { name });
        let endpoint =
            look(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]).map(|url| url.trim_end_matches('/').to_owned());
        let web =
            |url: &&String| url.split_once("://").is_some_and(|(s, h)| matches!(s, "http" | "https") && !h.is_empty());
        if let Some(given) = endpoint.as_ref().filter(|url| !web(url)) {
            return Err(AccessError::Endpoint { given: given.clone() });
        }
        Ok(Access {
            id: must("AWS_ACCESS_KEY_ID")?,
            secret: must("AWS_SECRET_ACCESS_KEY")?,
            token: look(&["AWS_SESSION_TOKEN"]),
            region: look(&["AWS_REGION", "AWS_DEFAULT_REGION"]).unwrap_or_else(|| REGION.to_owned()),
            endpoint,
        })
    }

    /// Scheme and host, and the path of a bucket there. At Amazon the bucket stands in the host's name, unless it has
    /// dots, which certificates do not cover.
    pub(super) fn place(&self, bucket: &str) -> (String, String) {
        match &self.endpoint {
            Some(endpoint) => (endpoint.clone(), format!("/{bucket}")),
            None if bucket.contains('.') => (format!("https://s3.{}.amazonaws.com", self.region), format!("/{bucket}")),
            None => (format!("https://{bucket}.s3.{}.amazonaws.com", self.region), String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_before_the_environment() {
        let file = "[default]\naws_access_key_id = A\naws_secret_access_key=S/=\n# c\nregion = x\n";
        let env = |name: &str| match name {
            "AWS_ACCESS_KEY_ID" => Some("E".to_owned()),
            "AWS_ENDPOINT_URL" => Some("http://127.0.0.1:5000/".to_owned()),
            _ => None,
        };
        let access = Access::from(file, env).unwrap();
        assert_eq!((access.id.as_str(), access.secret.as_str(), access.region.as_str()), ("A", "S/=", REGION));
        assert_eq!(access.place("b-1"), ("http://127.0.0.1:5000".into(), "/b-1".into()));
        assert!(matches!(Access::from("", env), Err(AccessError::Lacks { name: "AWS_SECRET_ACCESS_KEY" })));
        let amazon = Access { endpoint: None, ..access };
        assert_eq!(amazon.place("b-1"), ("https://b-1.s3.us-east-1.amazonaws.com".into(), String::new()));
        assert_eq!(amazon.place("b.1").1, "/b.1");
    }
}
