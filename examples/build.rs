//! Writes the text of the network that `mnist custom_mlp:...` trains: a network is static, so another
//! specification is another program.

use std::path::Path;
use std::{env, fs};

#[path = "src/custom_mlp.rs"]
mod custom_mlp;

use custom_mlp::{Specification, VARIABLE};

fn main() {
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    println!("cargo::rerun-if-changed=src/custom_mlp.rs");
    let specification = match env::var(VARIABLE).as_deref().map(str::parse::<Specification>) {
        Ok(Ok(specification)) => specification,
        Ok(Err(error)) => {
            println!("cargo::error={VARIABLE}: {error}");
            return;
        }
        Err(_) => Specification::default(),
    };
    let folder = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&folder).join("custom_mlp.rs"), text(&specification))
        .expect("OUT_DIR can be written to");
}

/// The network as a user would write it.
fn text(specification: &Specification) -> String {
    let Specification { depth, width, drop_input, drop_hidden } = specification;
    let mut layers = String::from("input(1, 28, 28)");
    if *drop_input > 0.0 {
        layers += &format!("\n        => dropout({drop_input:?})");
    }
    let dropout = if *drop_hidden > 0.0 { format!(" => dropout({drop_hidden:?})") } else { String::new() };
    if *depth > 0 {
        layers += &format!("\n        => repeat({depth}) {{ dense({width}, relu){dropout} }}");
    }
    layers += "\n        => dense(10, softmax)";
    format!(
        "/// The specification of [`CustomMlp`].\n\
         pub const CUSTOM_MLP: &str = \"{specification}\";\n\n\
         network! {{\n    /// A multilayer perceptron of {depth} hidden layers with {width} units each.\n    \
         pub struct CustomMlp <\n        {layers}\n    >\n}}\n"
    )
}
