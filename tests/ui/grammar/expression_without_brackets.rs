use layercake::prelude::*;

fn main() {
    let net = network!(input(20) => dense(10, softmax));
    net.parameters();
}
