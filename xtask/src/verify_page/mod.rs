//! `cargo xtask verify-page`: the offline verifier as one HTML file for browsers, `crates/web/assets/verify.html`.
//! It is checked in, because whoever builds Akashi has no WebAssembly toolchain. This machine's comes from Debian's
//! packages; std is built from its source, because no ready one can be had there.

mod sources;

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::fail::Fail;
use crate::test::machine::apt_install;
use crate::test::watch;
use crate::workspace;

/// Where the page is kept.
const PAGE: &str = "crates/web/assets/verify.html";
/// Debian's compiler for browsers' packages, its source of std, its linker, the C library of WASI, the optimiser.
const PACKAGES: [&str; 6] = ["rustc-web", "cargo-web", "rust-web-src", "lld", "wasi-libc", "binaryen"];
const TARGET: &str = "wasm32-wasip1";
const PROGRAM: &str = "akashi-verify-page";
/// Where `wasi-libc` puts the start of a program and its library.
const WASI: &str = "/usr/lib/wasm32-wasi";

/// Builds the page and says how large it is.
pub(crate) fn command(args: &[String]) -> Result<bool, Fail> {
    let install = match args {
        [] => true,
        [only] if only == "--no-install" => false,
        [other, ..] => return Err(Fail::usage(other, "verify-page knows --no-install only")),
    };
    if !ready() && install {
        println!("installing Debian packages: {}", PACKAGES.join(" "));
        apt_install(&PACKAGES);
    }
    if !ready() {
        let why = format!("the WebAssembly toolchain is not there; install {}", PACKAGES.join(" "));
        return Err(Fail::Program { program: "rustc-web", why });
    }
    let root = workspace::root()?;
    let module = build(&root)?;
    let page = page(&root, &module)?;
    std::fs::write(root.join(PAGE), &page).map_err(Fail::io("write", PAGE))?;
    println!("{PAGE}: {} bytes, of them the module {}", page.len(), module.len());
    Ok(true)
}

fn ready() -> bool {
    let files = ["/usr/bin/wasm-ld", "/usr/bin/wasm-opt", "/usr/lib/wasm32-wasi/libc.a"];
    files.iter().all(|file| Path::new(file).exists()) && compiler().is_some() && std_source()
}

fn std_source() -> bool {
    Path::new("/usr/lib/rustlib/src/rust/library/std/Cargo.toml").exists()
}

/// What Debian's compiler calls itself.
fn compiler() -> Option<String> {
    let out = Command::new("/usr/bin/rustc").arg("--version").output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let mut words = text.split(' ');
    (words.next() == Some("rustc")).then(|| words.next().unwrap_or("?").to_owned())
}

/// Compiles the program and makes it small.
fn build(root: &Path) -> Result<Vec<u8>, Fail> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("page");
    let mut cargo = Command::new("/usr/bin/cargo");
    cargo.args(["build", "--locked", "--release", "-Zbuild-std=std,panic_abort", "--target", TARGET]);
    cargo.args(["-p", "akashi-verify", "--bin", PROGRAM]).current_dir(root);
    cargo.env("CARGO_TARGET_DIR", &target).env("RUSTC", "/usr/bin/rustc").env("RUSTFLAGS", flags(root));
    // build-std is not stable; the compiler is a released one all the same.
    cargo.env("RUSTC_BOOTSTRAP", "1").env_remove("CARGO").env_remove("RUSTC_WRAPPER");
    let small = [("OPT_LEVEL", "z"), ("LTO", "fat"), ("CODEGEN_UNITS", "1"), ("PANIC", "abort"), ("STRIP", "symbols")];
    for (name, value) in small {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    if !watch::run(&mut cargo, &mut |_| {})? {
        return Err(Fail::Program { program: "cargo", why: "the module was not built; see above".into() });
    }
    shrink(&target.join(TARGET).join("release").join(format!("{PROGRAM}.wasm")))
}

/// Linking against Debian's WASI library; no path of this machine ends up in the module.
fn flags(root: &Path) -> String {
    let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")));
    [
        "-Clink-self-contained=no -Clinker=wasm-ld".to_owned(),
        format!("-Lnative={WASI} -Clink-arg={WASI}/crt1-command.o"),
        format!("--remap-path-prefix={}=/akashi", root.display()),
        format!("--remap-path-prefix={}=/cargo", home.unwrap_or_default()),
        "--remap-path-prefix=/usr/lib/rustlib=/rust".to_owned(),
    ]
    .join(" ")
}

fn shrink(module: &Path) -> Result<Vec<u8>, Fail> {
    let small = module.with_extension("small.wasm");
    let mut opt = Command::new("/usr/bin/wasm-opt");
    opt.args(["-Oz", "--strip-debug", "--strip-producers"]);
    opt.args(["--enable-bulk-memory", "--enable-sign-ext", "--enable-mutable-globals"]);
    opt.arg("--enable-nontrapping-float-to-int").arg(module).arg("-o").arg(&small);
    if !watch::run(&mut opt, &mut |_| {})? {
        return Err(Fail::Program { program: "wasm-opt", why: "the module was not made smaller; see above".into() });
    }
    std::fs::read(&small).map_err(Fail::io("read", small))
}

/// Puts module, script and style into the page, and a policy that lets nothing else run and nothing go out.
fn page(root: &Path, module: &[u8]) -> Result<String, Fail> {
    let read = |name: &str| {
        let path = root.join("crates/verify/page").join(name);
        std::fs::read_to_string(&path).map_err(Fail::io("read", path))
    };
    let script = format!("\"use strict\";\n{}{}", read("wasi.js")?, read("page.js")?);
    let style = read("page.css")?;
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}' 'wasm-unsafe-eval'; style-src 'sha256-{}'; connect-src 'none'; \
         img-src 'none'; form-action 'none'; base-uri 'none'",
        hash(&script),
        hash(&style)
    );
    let sources = sources::digest(root)?;
    let compiler = format!("rustc {}", compiler().unwrap_or_default());
    let parts = [
        ("{{policy}}", policy.as_str()),
        ("{{sources}}", &sources),
        ("{{sources-short}}", &sources[..12]),
        ("{{compiler}}", &compiler),
        ("{{style}}", &style),
        ("{{module}}", &STANDARD.encode(module)),
        ("{{script}}", &script),
    ];
    Ok(parts.iter().fold(read("page.html")?, |page, (name, text)| page.replace(name, text)))
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::{PAGE, hash, sources, workspace};

    fn page() -> String {
        std::fs::read_to_string(workspace::root().unwrap().join(PAGE)).unwrap()
    }

    /// What auditors get must be what the sources say. When this fails: `cargo xtask verify-page`.
    #[test]
    fn the_page_is_made_of_the_present_sources() {
        let sources = sources::digest(&workspace::root().unwrap()).unwrap();
        let named = format!("<meta name=\"akashi-sources\" content=\"{sources}\">");
        assert!(page().contains(&named), "{PAGE} is older than its sources: run cargo xtask verify-page");
    }

    #[test]
    fn the_page_is_one_file_that_reaches_nothing() {
        let page = page();
        assert!(page.len() < 2_000_000, "{} bytes", page.len());
        let (_, rest) = page.split_once("Content-Security-Policy\" content=\"").unwrap();
        let policy = rest.split('"').next().unwrap();
        assert!(policy.starts_with("default-src 'none';") && policy.contains("connect-src 'none'"), "{policy}");
        for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
            let text = page.split_once(open).unwrap().1.split_once(close).unwrap().0;
            assert!(policy.contains(&hash(text)), "{open}");
        }
        for reach in
            [" src=", "<link", "@import", "url(", "fetch(", "XMLHttpRequest", "WebSocket", "http://", "https://"]
        {
            assert!(!page.contains(reach), "{reach}");
        }
        assert!(!page.contains("{{"), "every part was filled in");
    }
}
