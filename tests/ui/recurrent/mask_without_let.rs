use layercake::prelude::*;

network! {
    struct Net <
        let marks = input(12);
        let x = input(12, 3);
        x => lstm(10, mask = mark)
    >
}

fn main() {
    Net::<f32>::new(1);
}
