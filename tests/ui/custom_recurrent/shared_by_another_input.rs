use layercake::prelude::*;

network! {
    struct Net <
        let x = input(12, 3);
        let a = x => first: custom_recurrent(input_to_hidden = { dense(20) }, hidden_to_hidden = { dense(20) });
        let b = a => custom_recurrent(share = first);
        (a, b)
    >
}

fn main() {
    Net::<f32>::new(1);
}
