use layercake::prelude::*;

network! {
    struct Net <
        let x = input(12, 1, 8, 8);
        let start = input(4, 6, 6);
        x => custom_recurrent(
            input_to_hidden = { conv2d(4, 3, linear, pad = same) },
            hidden_to_hidden = { conv2d(4, 3, linear, pad = same) },
            hid_init = start
        )
    >
}

fn main() {
    Net::<f32>::new(1);
}
