use layercake::prelude::*;

network! {
    struct Net <
        let x = input(..=100, 2);
        let marks = input(..=50);
        x => lstm(20, mask = marks)
    >
}

fn main() {
    Net::<f32>::new(1);
}
