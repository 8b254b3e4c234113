//! Which neighbours become one stage.

use crate::graph::{Graph, Node, What};
use crate::kinds::{FUSED, Reads};

/// How a graph is computed: its stages in order, and what happens at its outputs.
///
/// A stage is one call into the runtime. Inputs and views (`flatten`, `reshape`) are none.
pub struct Stages {
    /// Those of a training step.
    pub training: Vec<Stage>,
    /// Those of an inference: the same, but that normalizations are part of the layers before them.
    pub inference: Vec<Stage>,
    /// One for each output.
    pub heads: Vec<Head>,
}

/// One node, or neighbours computed as one.
#[derive(Clone, Copy)]
pub struct Stage {
    /// The node whose inputs, name and parameters the stage has.
    pub first: usize,
    /// The neighbour computed with it.
    pub second: Option<usize>,
    /// The batch normalization computed with it, in an inference.
    pub norm: Option<Norm>,
    /// Whether its nonlinearity is left to the head of an output.
    pub without_nonlinearity: bool,
}

/// A batch normalization that is part of the stage of the layer before it.
#[derive(Clone, Copy)]
pub struct Norm {
    /// Its node.
    pub layer: usize,
    /// The nonlinearity after it, if that is part of the stage as well.
    pub nonlinearity: Option<usize>,
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
        match self.norm {
            Some(norm) => norm.nonlinearity.unwrap_or(norm.layer),
            None => self.second.unwrap_or(self.first),
        }
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
        stages.push(Stage { first: place, second, norm: None, without_nonlinearity });
    }
    Stages { inference: with_norms(graph, &stages), training: stages, heads }
}

/// The stages with each batch normalization, and the nonlinearity after it, in that of the layer before, where
/// nothing else reads the values between.
fn with_norms(graph: &Graph, stages: &[Stage]) -> Vec<Stage> {
    let alone = |node: usize| {
        let reader = graph.readers(node).next()?;
        let stage = stages.iter().find(|stage| stage.first == reader)?;
        let is_alone = graph.readers(node).count() == 1 && !graph.outputs.contains(&node);
        (is_alone && stage.second.is_none() && !stage.without_nonlinearity).then_some(reader)
    };
    let is = |node: usize, name: &str| graph.nodes[node].kind().is_some_and(|kind| kind.name == name);
    let joins = |node: usize| matches!(graph.nodes[node].what, What::Kind { joins: true, .. });
    let mut done = Vec::new();
    let mut all = Vec::new();
    for stage in stages {
        if done.contains(&stage.first) {
            continue;
        }
        let layer = Some(stage.first).filter(|&first| joins(first) && !is(first, "batch_norm"));
        let norm = layer
            .filter(|_| stage.second.is_none())
            .and_then(alone)
            .filter(|&norm| joins(norm) && is(norm, "batch_norm"));
        let norm = norm
            .map(|layer| Norm { layer, nonlinearity: alone(layer).filter(|&node| is(node, "nonlinearity")) });
        done.extend(norm.into_iter().flat_map(|norm| [Some(norm.layer), norm.nonlinearity]).flatten());
        all.push(Stage { norm, ..*stage });
    }
    all
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
        (What::Kind { kind: first, elementwise, by: None, .. }, What::Kind { kind: second, .. }) => {
            *elementwise && FUSED.contains(&(first.name, second.name))
        }
        _ => false,
    }
}
