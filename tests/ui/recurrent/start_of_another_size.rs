use layercake::prelude::*;

network! {
    struct Net <
        let x = input(12, 3);
        let start = input(20);
        x => lstm(10, cell_init = start)
    >
}

fn main() {
    Net::<f32>::new(1);
}
