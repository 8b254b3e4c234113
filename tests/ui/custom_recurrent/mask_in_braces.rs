use layercake::prelude::*;

network! {
    struct Net <
        let x = input(12, 5, 3);
        let marks = input(5);
        let y = marks => dense(3);
        let z = x => custom_recurrent(input_to_hidden = { lstm(20, mask = marks) }, hidden_to_hidden = { dense(20) });
        (y, z)
    >
}

fn main() {
    Net::<f32>::new(1);
}
