//! A bucket as a depot, against a real S3 server: versions, locks, large files, what is refused.

use std::io::Read as _;
use std::process::Command;

use akashi_app::backup::{Depot as _, DepotError, Lock, Removed};
use akashi_testkit::{Scratch, python, s3};
use akashi_web::bucket::{Access, Bucket};
use sha2::{Digest as _, Sha256};

/// 2027-01-01: servers lock against their own clock, which is earlier.
const LATER: i64 = 1_798_761_600;
const DAYS: i64 = 400 * 86_400;

fn clock() -> i64 {
    1_795_309_200_000_000
}

/// Makes a bucket, with locks or without, by Amazon's own library.
fn make(server: &s3::Server, python: &std::path::Path, call: &str) -> String {
    let script = format!(
        "import boto3\ns3 = boto3.client('s3', endpoint_url='{}', region_name='us-east-1', \
         aws_access_key_id='a', aws_secret_access_key='b')\n{call}",
        server.endpoint()
    );
    let out = Command::new(python).args(["-c", &script]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

fn bucket(server: &s3::Server, scratch: &Scratch, name: &str) -> Bucket {
    let text = format!(
        "aws_access_key_id = a\naws_secret_access_key = b\naws_endpoint_url = {}\naws_region = us-east-1\n",
        server.endpoint()
    );
    let access = Access::find(Some(&scratch.file("s3.conf", text))).unwrap();
    Bucket::new(&format!("s3://{name}/backups/akashi"), access, None, clock).unwrap()
}

#[test]
fn a_bucket_keeps_locks_and_gives_back() {
    let Some(python) = python::for_story("S3") else { return };
    let Some(server) = s3::Server::for_story("S3") else { return };
    let scratch = Scratch::new("bucket");
    make(&server, &python, "s3.create_bucket(Bucket='locked', ObjectLockEnabledForBucket=True)");
    make(&server, &python, "s3.create_bucket(Bucket='plain')");
    let (locked, plain) = (bucket(&server, &scratch, "locked"), bucket(&server, &scratch, "plain"));
    assert_eq!(locked.name(), "s3://locked/backups/akashi");
    assert!(locked.list().unwrap().is_empty());
    let file = |text: &str| scratch.file("part", text);
    let read = |bucket: &Bucket, name: &str| {
        let mut text = String::new();
        bucket.open(name).map(|mut from| from.read_to_string(&mut text).unwrap()).map(|_| text)
    };

    let lock = locked.put("c 1/0000.data.age", &file("data"), Some(LATER + DAYS)).unwrap();
    assert!(matches!(&lock, Lock::Until(at) if at.starts_with("2028-")), "{lock:?}");
    assert_eq!(locked.remove("c 1/0000.data.age").unwrap(), Removed::Locked);
    assert_eq!(read(&locked, "c 1/0000.data.age").unwrap(), "data");
    assert!(matches!(read(&locked, "nothing"), Err(DepotError::Missing { .. })));
    // The keys are replaced, and no older version of them stays although the bucket keeps versions.
    for text in ["keys 1", "keys 2", "keys 3"] {
        assert_eq!(locked.replace("keys.age", &file(text)).unwrap(), Lock::Open);
    }
    assert_eq!(read(&locked, "keys.age").unwrap(), "keys 3");
    let versions =
        "print(len(s3.list_object_versions(Bucket='locked', Prefix='backups/akashi/keys').get('Versions', [])))";
    assert_eq!(make(&server, &python, versions), "1");
    let listed = locked.list().unwrap();
    assert_eq!(listed, [("c 1/0000.data.age".into(), 4), ("keys.age".into(), 6)]);

    assert_eq!(plain.put("a", &file("data"), Some(LATER + DAYS)).unwrap(), Lock::Unsupported);
    for text in ["keys 1", "keys 2"] {
        assert_eq!(plain.replace("keys.age", &file(text)).unwrap(), Lock::Open);
    }
    assert_eq!(read(&plain, "keys.age").unwrap(), "keys 2");
    assert_eq!((plain.remove("a").unwrap(), plain.list().unwrap().len()), (Removed::Gone, 1));
    let none = bucket(&server, &scratch, "nowhere").list().unwrap_err().to_string();
    assert!(none.contains("NoSuchBucket"), "{none}");
}

#[test]
fn a_large_file_goes_in_parts() {
    let Some(python) = python::for_story("S3 in parts") else { return };
    let Some(server) = s3::Server::for_story("S3 in parts") else { return };
    let scratch = Scratch::new("parts");
    make(&server, &python, "s3.create_bucket(Bucket='locked', ObjectLockEnabledForBucket=True)");
    let locked = bucket(&server, &scratch, "locked");
    let bytes: Vec<u8> = (0..150_000_000_u64).map(|n| ((n * n) >> 7) as u8).collect();
    let lock = locked.put("large", &scratch.file("large", &bytes), Some(LATER + DAYS)).unwrap();
    assert!(matches!(lock, Lock::Until(_)), "{lock:?}");
    assert_eq!(locked.list().unwrap(), [("large".into(), bytes.len() as u64)]);
    let (mut from, mut hasher) = (locked.open("large").unwrap(), Sha256::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer).unwrap() {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    assert_eq!(hasher.finalize(), Sha256::digest(&bytes));
}

#[test]
fn addresses_of_other_forms_are_refused() {
    let scratch = Scratch::new("address");
    let access = Access::find(Some(&scratch.file("c", "aws_access_key_id=a\naws_secret_access_key=b"))).unwrap();
    for wrong in ["s3://", "s3://Ab/x", "s3://a b/x", "http://bucket/x", "s3://a/x"] {
        assert!(Bucket::new(wrong, access.clone(), None, clock).is_err(), "{wrong}");
    }
    let without = Access::find(Some(&scratch.file("d", "aws_access_key_id=a\n"))).err();
    assert!(without.is_none_or(|e| e.to_string().contains("AWS_SECRET_ACCESS_KEY")));
}
