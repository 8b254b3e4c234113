//! Networks checked by finite differences.

/// Checks a network made of the text, for inputs of the given shape (the batch axis included).
#[macro_export]
macro_rules! check {
    ($name:ident, $($shape:expr),+; $($network:tt)*) => {
        #[test]
        fn $name() {
            layercake::network! { struct Checked < $($network)* > }
            use layercake::Network;
            let mut net = Checked::<f64>::new(5);
            // Biases away from zero, so that they take part.
            for parameter in net.parameters_mut() {
                let noise = $crate::training::values(parameter.shape()).mapv(|value: f64| 0.3 * value);
                let value = parameter.get() + noise;
                parameter.set(value.view()).unwrap();
            }
            layercake::check::gradients(&mut net, &$crate::check!(@inputs $($shape),+), 2e-7).unwrap();
        }
    };
    (@inputs $shape:expr) => { $crate::training::values($shape) };
    (@inputs $($shape:expr),+) => { ($($crate::training::values($shape)),+) };
}
