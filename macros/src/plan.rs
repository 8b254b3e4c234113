//! Where values and gradients are kept: slots shared by those that are not needed at the same time.
//!
//! The lengths are not known here, only who reads what and when. A slot is as large as the largest that it holds.

use crate::fuse::{Head, Stage, Stages, is_view};
use crate::graph::Graph;

/// The memory of a network.
pub struct Plan {
    /// That of an inference.
    pub inference: Values,
    /// That of a training step.
    pub training: Values,
    /// Where each stage's gradients with respect to its inputs go, in the order of stages and inputs; `None` where
    /// there is no gradient.
    pub input_gradients: Vec<Vec<Option<InputGradient>>>,
    /// Where the gradient with respect to a node's output is, by node.
    pub gradients: Vec<Place>,
    /// What the gradient with respect to a node's output is needed for, by node.
    pub needed: Vec<Needed>,
    /// What slots needed for the network's input gradients alone hold, by slot: nodes.
    pub extra_slots: Vec<Vec<usize>>,
    /// For each input, whether the backward pass reads it, so that it must be kept; by node.
    pub kept: Vec<bool>,
}

/// Where the values of one pass are.
pub struct Values {
    /// By node.
    pub places: Vec<Place>,
    /// What each slot holds: nodes.
    pub slots: Vec<Vec<usize>>,
}

/// A place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The network's input, by node.
    Input(usize),
    /// The scores or the gradient of an output, by number.
    Head(usize),
    /// A shared slot.
    Slot(usize),
    /// A slot needed for the network's input gradients alone.
    Extra(usize),
}

/// What a gradient is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// Nothing: there is none with respect to whole numbers.
    Never,
    /// The gradients with respect to the network's inputs alone.
    ForInputs,
    /// Those with respect to parameters.
    Always,
}

/// Where one gradient with respect to a stage's input goes.
pub struct InputGradient {
    /// The node read.
    pub node: usize,
    /// Where it is written.
    pub to: Place,
    /// Whether it must then be added to the gradient of the node, which has another contribution already.
    pub add: bool,
}

/// A time from which and to which something is kept, both included.
struct Interval {
    from: usize,
    to: usize,
    node: usize,
}

/// Plans the memory.
pub fn plan(graph: &Graph, stages: &Stages) -> Plan {
    let inference = Planner::new(graph, &stages.inference, &stages.heads).inference();
    let planner = Planner::new(graph, &stages.training, &stages.heads);
    let mut training = Vec::new();
    let mut extra = Vec::new();
    let kept = planner.training_values(&mut training);
    let values = training.len();
    let contributions = planner.gradients(&mut training, &mut extra);
    let (slot_of, slots) = color(&training);
    let (extra_slot_of, extra_slots) = color(&extra);

    let mut places = planner.fixed_places();
    for (interval, &slot) in training[..values].iter().zip(&slot_of) {
        places[interval.node] = Place::Slot(slot);
    }
    let resolve = |place: Unresolved| match place {
        Unresolved::Fixed(place) => place,
        Unresolved::Interval(interval) => Place::Slot(slot_of[interval]),
        Unresolved::Extra(interval) => Place::Extra(extra_slot_of[interval]),
    };
    Plan {
        inference,
        training: Values { places: planner.with_views(places), slots },
        input_gradients: contributions
            .to
            .into_iter()
            .map(|stage| {
                let gradient = |(node, to, add)| InputGradient { node, to: resolve(to), add };
                stage.into_iter().map(|contribution| contribution.map(gradient)).collect()
            })
            .collect(),
        gradients: contributions.of_node.into_iter().map(resolve).collect(),
        needed: planner.needed,
        extra_slots,
        kept,
    }
}

/// A place that may be an interval still without a slot.
#[derive(Clone, Copy)]
enum Unresolved {
    Fixed(Place),
    Interval(usize),
    Extra(usize),
}

struct Contributions {
    /// By node.
    of_node: Vec<Unresolved>,
    /// By stage and input: the node read, where its gradient is written, whether it is then added.
    to: Vec<Vec<Option<(usize, Unresolved, bool)>>>,
}

struct Planner<'a> {
    graph: &'a Graph,
    stages: &'a [Stage],
    heads: &'a [Head],
    /// The node in whose memory each node's values are.
    roots: Vec<usize>,
    needed: Vec<Needed>,
}

impl<'a> Planner<'a> {
    fn new(graph: &'a Graph, stages: &'a [Stage], heads: &'a [Head]) -> Self {
        let mut roots: Vec<usize> = Vec::new();
        let mut needed: Vec<Needed> = Vec::new();
        for (place, node) in graph.nodes.iter().enumerate() {
            roots.push(if is_view(graph, place) { roots[node.inputs[0]] } else { place });
            let of_inputs = node.inputs.iter().map(|&input| needed[input]).max();
            needed.push(match of_inputs {
                _ if node.has_parameters() => Needed::Always,
                None if node.is_input_of_integers() => Needed::Never,
                None => Needed::ForInputs,
                Some(of_inputs) => of_inputs,
            });
        }
        Planner { graph, stages, heads, roots, needed }
    }

    /// The stage that writes a node's memory; `None` for inputs.
    fn writer(&self, root: usize) -> Option<usize> {
        self.stages.iter().position(|stage| stage.last() == root)
    }

    /// The stages that read a node's memory.
    fn readers(&self, root: usize) -> impl Iterator<Item = usize> {
        let reads =
            move |first: usize| self.graph.nodes[first].inputs.iter().any(|&input| self.roots[input] == root);
        (0..self.stages.len()).filter(move |&stage| reads(self.stages[stage].first))
    }

    /// The time of a stage's backward pass; that of its forward pass is its number.
    fn backward_time(&self, stage: usize) -> usize {
        2 * self.stages.len() - 1 - stage
    }

    /// Inputs, heads and views of them have their places from the start; slots are filled in later.
    fn fixed_places(&self) -> Vec<Place> {
        let fixed = |&root: &usize| match self.heads.iter().position(|head| head.scores == root) {
            Some(head) => Place::Head(head),
            None if self.graph.nodes[root].is_input() => Place::Input(root),
            None => Place::Slot(usize::MAX),
        };
        self.roots.iter().map(fixed).collect()
    }

    /// The memory roots that need a slot, with the stage that writes each.
    fn slot_roots(&self) -> impl Iterator<Item = (usize, usize)> {
        let places = self.fixed_places();
        (0..self.graph.nodes.len()).filter_map(move |node| {
            let is_root = self.roots[node] == node && places[node] == Place::Slot(usize::MAX);
            self.writer(node).filter(|_| is_root).map(|writer| (node, writer))
        })
    }

    fn inference(&self) -> Values {
        let intervals: Vec<Interval> = self
            .slot_roots()
            .map(|(node, writer)| Interval {
                from: writer,
                to: self.readers(node).fold(writer, usize::max),
                node,
            })
            .collect();
        let (slot_of, slots) = color(&intervals);
        let mut places = self.fixed_places();
        for (interval, slot) in intervals.iter().zip(slot_of) {
            places[interval.node] = Place::Slot(slot);
        }
        Values { places: self.with_views(places), slots }
    }

    /// Gives views the places of what they are views of.
    fn with_views(&self, places: Vec<Place>) -> Vec<Place> {
        self.roots.iter().map(|&root| places[root]).collect()
    }

    /// Adds the intervals of all values; returns which inputs the backward pass reads.
    fn training_values(&self, intervals: &mut Vec<Interval>) -> Vec<bool> {
        let reads = |stage: usize| self.stages[stage].reads(self.graph);
        let last_read = |root: usize| {
            let forward = self.readers(root);
            let backward = self
                .readers(root)
                .filter(|&stage| reads(stage).inputs)
                .map(|stage| self.backward_time(stage));
            forward.chain(backward).max()
        };
        for (node, writer) in self.slot_roots() {
            let own = if reads(writer).output { self.backward_time(writer) } else { writer };
            intervals.push(Interval { from: writer, to: last_read(node).unwrap_or(writer).max(own), node });
        }
        let stages = self.stages.len();
        (0..self.graph.nodes.len())
            .map(|node| {
                self.graph.nodes[node].is_input() && last_read(node).is_some_and(|time| time >= stages)
            })
            .collect()
    }

    /// Adds the intervals of all gradients, in the order of the backward pass.
    fn gradients(&self, intervals: &mut Vec<Interval>, extra: &mut Vec<Interval>) -> Contributions {
        let places = self.fixed_places();
        let mut of_root: Vec<Option<Unresolved>> = places
            .iter()
            .map(|&place| (!matches!(place, Place::Slot(_))).then_some(Unresolved::Fixed(place)))
            .collect();
        // A head has the objective's gradient before any other.
        let mut begun: Vec<bool> = places.iter().map(|place| matches!(place, Place::Head(_))).collect();
        let mut to: Vec<Vec<_>> = Vec::new();
        for (number, stage) in self.stages.iter().enumerate().rev() {
            let now = self.backward_time(number);
            let mut add_interval = |node: usize, to: usize| {
                let always = self.needed[node] == Needed::Always;
                let list = if always { &mut *intervals } else { &mut *extra };
                list.push(Interval { from: now, to, node });
                let last = list.len() - 1;
                if always { Unresolved::Interval(last) } else { Unresolved::Extra(last) }
            };
            let inputs = self.graph.nodes[stage.first].inputs.iter().map(|&input| {
                let root = self.roots[input];
                if self.needed[root] == Needed::Never {
                    return None;
                }
                if begun[root] {
                    return Some((input, add_interval(root, now), true));
                }
                begun[root] = true;
                let place = *of_root[root].get_or_insert_with(|| {
                    let writer = self.writer(root).expect("what is no input is written by a stage");
                    add_interval(root, self.backward_time(writer))
                });
                Some((input, place, false))
            });
            to.push(inputs.collect());
        }
        to.reverse();
        let of_node =
            self.roots.iter().map(|&root| of_root[root].unwrap_or(Unresolved::Fixed(places[root]))).collect();
        Contributions { of_node, to }
    }
}

/// Gives each interval a slot that is free during it: the slot of each, and the nodes in each slot.
fn color(intervals: &[Interval]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut order: Vec<usize> = (0..intervals.len()).collect();
    order.sort_by_key(|&i| intervals[i].from);
    let mut slots: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut slot_of = vec![0; intervals.len()];
    for i in order {
        let interval = &intervals[i];
        let free = slots.iter().position(|(until, _)| *until < interval.from);
        let slot = free.unwrap_or_else(|| {
            slots.push((0, Vec::new()));
            slots.len() - 1
        });
        slots[slot].0 = interval.to;
        slots[slot].1.push(interval.node);
        slot_of[i] = slot;
    }
    (slot_of, slots.into_iter().map(|(_, nodes)| nodes).collect())
}
