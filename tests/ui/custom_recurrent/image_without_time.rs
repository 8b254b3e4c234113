use layercake::prelude::*;

network! {
    struct Net <
        input(12)
        => custom_recurrent(input_to_hidden = { dense(20) }, hidden_to_hidden = { dense(20) })
    >
}

fn main() {
    Net::<f32>::new(1);
}
