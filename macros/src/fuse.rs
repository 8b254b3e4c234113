//! Which neighbours become one stage.

use crate::graph::{Graph, Node, What};
use crate::kinds::{FUSED, Reads};

/// How a graph is computed: its stages in order, and what happens at its outputs.
pub struct Stages {
    /// One call into the runtime each. Inputs and views (`flatten`, `reshape`) are none.
    pub stages: Vec<Stage>,
    /// One for each output.
    pub heads: Vec<Head>,
}

/// One node, or two neighbours computed as one.
pub struct Stage {
    /// The node whose inputs, name and parameters the stage has.
    pub first: usize,
    /// The neighbour computed with it.
    pub second: Option<usize>,
    /// Whether its nonlinearity is left to the head of an output.
    pub without_nonlinearity: bool,
}

/// An output: the network ends at its scores, and the head applies the last nonlinearity, so that an objective
/// may take both.
pub struct Head {
    /// The output's node.
    pub output: usize,
    /// The node that computes the scores.
    pub scores: usize,
    /// Whether the output's node has a nonlinearity that the head applies.
    pub has_nonlinearity: bool,
}

impl Stage {
    /// The node whose output the stage writes.
    pub fn last(&self) -> usize {
        self.second.unwrap_or(self.first)
    }

    /// What its backward pass reads. With the neighbour's output in place of its own, the first derives what it
    /// needs from that.
    pub fn reads(&self, graph: &Graph) -> Reads {
        let nothing = Reads { inputs: false, output: false };
        let of = |node: usize| graph.nodes[node].reads();
        let (first, second) = (of(self.first), self.second.map_or(nothing, of));
        Reads { inputs: first.inputs, output: first.output || second.output }
    }
}

/// Decides on stages and heads.
pub fn stages(graph: &Graph) -> Stages {
    let heads: Vec<Head> = graph.outputs.iter().map(|&output| head(graph, output)).collect();
    let mut stages: Vec<Stage> = Vec::new();
    let mut done = vec![false; graph.nodes.len()];
    for (place, node) in graph.nodes.iter().enumerate() {
        let in_head = heads.iter().any(|head| head.output == place && head.scores != place);
        let is_view = is_view(graph, place);
        if node.is_input() || is_view || in_head || done[place] {
            continue;
        }
        let readers: Vec<usize> = graph.readers(place).collect();
        let second = match readers[..] {
            [reader] if !graph.outputs.contains(&place) && can_fuse(node, &graph.nodes[reader]) => {
                Some(reader)
            }
            _ => None,
        };
        if let Some(second) = second {
            done[second] = true;
        }
        let without_nonlinearity = heads.iter().any(|head| head.has_nonlinearity && head.output == place);
        stages.push(Stage { first: place, second, without_nonlinearity });
    }
    Stages { stages, heads }
}

/// Whether a node is its input's memory under other axes. An output has memory of its own.
pub fn is_view(graph: &Graph, node: usize) -> bool {
    graph.nodes[node].is_view() && !graph.outputs.contains(&node)
}

fn head(graph: &Graph, output: usize) -> Head {
    let node = &graph.nodes[output];
    if graph.readers(output).next().is_some() || !node.has_nonlinearity() {
        return Head { output, scores: output, has_nonlinearity: false };
    }
    if node.kind().is_some_and(|kind| kind.name == "nonlinearity") {
        let before = node.inputs[0];
        let alone = graph.readers(before).count() == 1 && !graph.outputs.contains(&before);
        if alone && !graph.nodes[before].is_input() && !is_view(graph, before) {
            return Head { output, scores: before, has_nonlinearity: true };
        }
    }
    Head { output, scores: output, has_nonlinearity: true }
}

/// Whether the runtime computes these two neighbours as one.
fn can_fuse(first: &Node, second: &Node) -> bool {
    match (&first.what, &second.what) {
        (What::Kind { kind: first, elementwise, .. }, What::Kind { kind: second, .. }) => {
            *elementwise && FUSED.contains(&(first.name, second.name))
        }
        _ => false,
    }
}
