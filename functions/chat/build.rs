//! Lists the guide's articles, so that each file in `guide/` is in the binary without being named in the code.
#![expect(clippy::expect_used, reason = "a build that cannot read the guide must stop")]

use std::path::Path;
use std::{env, fs};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("guide");
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(&folder).expect("functions/chat/guide is readable");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry is readable").path()).collect();
    files.sort();
    let article = |path: &Path| {
        let id = path.file_stem().expect("an article has a name").to_string_lossy().into_owned();
        format!("    ({id:?}, include_str!({:?})),\n", path.display().to_string())
    };
    let articles: String = files.iter().map(|path| article(path)).collect();
    #[expect(clippy::disallowed_methods, reason = "cargo tells build scripts where to write by environment")]
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let text = format!("&[\n{articles}]\n");
    fs::write(Path::new(&out).join("articles.rs"), text).expect("OUT_DIR is writable");
}
