//! Uses a layer of one's own: checks its gradients, and trains a network with it on MNIST.
//!
//! ```sh
//! cargo run --release --bin custom_layer
//! ```
//!
//! The images are those in the folder `MNIST_DIR`, if it is set, else downloaded once.

use std::path::PathBuf;

use layercake::check;
use layercake::data::Minibatches;
use layercake::prelude::*;
use layercake_examples::glu::Glu;
use layercake_examples::mnist::Mnist;
use layercake_examples::training::{Result, epoch, evaluate};
use ndarray::Array2;

network! {
    /// A small network for the check.
    struct Small < input(5) => Glu(4) => Glu(3) >
}

network! {
    /// Two gated layers.
    struct Gated < input(1, 28, 28) => flatten => Glu(256) => dropout(0.3) => hidden: Glu(128) => dense(10, softmax) >
}

fn main() -> Result<()> {
    check_gradients()?;
    println!("The gradients agree with finite differences.");
    let folder = std::env::var_os("MNIST_DIR").map(PathBuf::from);
    let mnist = Mnist::load(folder.as_deref(), 1)?;
    let mut trainer = Trainer::new(Gated::new(1), CategoricalCrossentropy, adam(0.001));
    let mut batches = Minibatches::new(mnist.x_train.view(), mnist.t_train.view(), 100)?.shuffled(1, 0);
    for number in 1..=5 {
        let loss = epoch(&mut trainer, &mut batches, number)?;
        let (_, accuracy) = evaluate(&mut trainer, mnist.x_valid.view(), mnist.t_valid.view(), 500)?;
        println!("Epoch {number}: training loss {loss:.4}, validation accuracy {:.2} %", 100.0 * accuracy);
    }
    println!("Images: {}", mnist.source);
    Ok(())
}

fn check_gradients() -> Result<(), check::GradientMismatch> {
    let x = Array2::from_shape_fn((6, 5), |(item, feature)| (1.3 * item as f64 - feature as f64).sin());
    check::gradients(&mut Small::new(1), &x, 1e-7)
}

#[cfg(test)]
mod tests {
    #[test]
    fn gradients() {
        super::check_gradients().unwrap();
    }
}
