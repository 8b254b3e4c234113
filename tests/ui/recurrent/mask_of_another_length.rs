use layercake::prelude::*;

network! {
    struct Net <
        let x = input(12, 3);
        let marks = input(10);
        x => gru(10, mask = marks)
    >
}

fn main() {
    Net::<f32>::new(1);
}
