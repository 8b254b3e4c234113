use layercake::prelude::*;

mod nets {
    use layercake::prelude::*;

    network! {
        pub struct Net <
            input(20)
            => hidden: dense(800, rellu)
            => dense(10, softmax)
        >
    }
}

use nets::Net;

struct Holder {
    net: Net<f64>,
}

fn train(net: &mut Net) -> usize {
    net.parameters().len()
}

fn main() {
    let holder = Holder { net: Net::new(1) };
    train(&mut Net::new(1));
    println!("{:?}", holder.net.hidden.w);
}
