use layercake::prelude::*;

network! {
    struct Net <
        let x = input(10);
        let y = x => dense(10);
        let both = sum: add(x, y);
        both => inverse(sum) => dense(10)
    >
}

fn main() {
    Net::<f32>::new(1);
}
