use layercake::prelude::*;

network! {
    struct Net <
        let x = input(12, 3);
        x => custom_recurrent(input_to_hidden = { dense(20) }, hidden_to_hidden = { concat(x, x) })
    >
}

fn main() {
    Net::<f32>::new(1);
}
