use layercake::layers::ExpressionCode;
use layercake::prelude::*;

struct Square;

// SAFETY: expressions of `a`, without effects.
unsafe impl ExpressionCode for Square {
    const FUNCTION: &'static str = "a * a";
    const DERIVATIVES: [&'static str; 1] = ["2 * a"];
}

network! {
    struct Net <
        let x = input(20);
        let h = x => dense(20, relu);
        elemwise_merge(x, h, merge_function = |a, b| a * b, derivative = |a, b| (b, a), code = Square)
    >
}

fn main() {
    Net::<f32>::new(1);
}
