use layercake::prelude::*;

network! {
    struct Net <
        input(12, 1, 8, 8)
        => custom_recurrent(
            input_to_hidden = { conv2d(4, 5, linear) },
            hidden_to_hidden = { conv2d(4, 5, linear) => conv2d(4, 3, linear) }
        )
    >
}

fn main() {
    Net::<f32>::new(1);
}
