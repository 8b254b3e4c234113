//! Which vector instructions this processor has, found at run time.

use std::sync::OnceLock;

/// A set of vector instructions that kernels are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// What every processor of the target has; vectors are the compiler's choice.
    Portable,
    /// x86-64 with 256-bit vectors and fused multiply-add (AVX2, FMA).
    Avx2,
    /// x86-64 with 512-bit vectors (AVX-512 F, VL, BW and DQ).
    Avx512,
}

/// The environment variable that chooses a lesser set than the detected one.
const VARIABLE: &str = "LAYERCAKE_ISA";

/// The instruction set that the kernels use.
///
/// It is the best that this processor has, unless the environment variable `LAYERCAKE_ISA` names
/// another (`avx512`, `avx2` or `portable`). A name that is unknown, or a set that this processor
/// lacks, is announced on stderr and otherwise ignored. Read once, on the first call.
pub fn isa() -> Isa {
    static ISA: OnceLock<Isa> = OnceLock::new();
    *ISA.get_or_init(|| {
        let detected = Isa::detect();
        let Some(wanted) = std::env::var_os(VARIABLE) else { return detected };
        match wanted.to_str().map(|name| (name, Isa::named(name))) {
            Some((_, Some(isa))) if isa.is_available() => isa,
            Some((name, Some(_))) => {
                eprintln!("layercake: {VARIABLE}={name}: this processor lacks it; using {}", detected.name());
                detected
            }
            _ => {
                let found = wanted.to_string_lossy();
                eprintln!(
                    "layercake: {VARIABLE}={found}: expected avx512, avx2 or portable; using {}",
                    detected.name()
                );
                detected
            }
        }
    })
}

/// Work that is compiled once for each instruction set; see [`Isa::run`].
pub trait Work {
    /// What the work returns.
    type Output;

    /// Does the work. Mark it `#[inline(always)]`: only what is inlined into [`Isa::run`] is
    /// compiled for the instruction set.
    fn run(self) -> Self::Output;
}

impl Isa {
    /// Every set, the best first.
    pub const ALL: [Isa; 3] = [Isa::Avx512, Isa::Avx2, Isa::Portable];

    /// Its name in `LAYERCAKE_ISA`.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Avx512 => "avx512",
            Isa::Avx2 => "avx2",
            Isa::Portable => "portable",
        }
    }

    /// Whether this processor has it.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => {
                Isa::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
            }
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(not(target_arch = "x86_64"))]
            Isa::Avx512 | Isa::Avx2 => false,
            Isa::Portable => true,
        }
    }

    /// Does `work`, compiled for this instruction set: plain loops in it use the wide vectors.
    ///
    /// # Panics
    ///
    /// When this processor lacks the set.
    #[inline]
    pub fn run<W: Work>(self, work: W) -> W::Output {
        assert!(self.is_available(), "this processor lacks the instruction set {}", self.name());
        match self {
            // SAFETY: the processor has these features, as just asserted.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => unsafe { run_avx512(work) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { run_avx2(work) },
            _ => work.run(),
        }
    }

    /// Calls `function`, compiled for this instruction set.
    ///
    /// # Panics
    ///
    /// When this processor lacks the set.
    #[inline]
    pub(crate) fn call<R>(self, function: impl FnOnce() -> R) -> R {
        self.run(Call(function))
    }

    fn detect() -> Isa {
        Isa::ALL.into_iter().find(|isa| isa.is_available()).unwrap_or(Isa::Portable)
    }

    fn named(name: &str) -> Option<Isa> {
        Isa::ALL.into_iter().find(|isa| isa.name() == name)
    }
}

struct Call<F>(F);

impl<R, F: FnOnce() -> R> Work for Call<F> {
    type Output = R;

    #[inline(always)]
    fn run(self) -> R {
        (self.0)()
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
fn run_avx512<W: Work>(work: W) -> W::Output {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<W: Work>(work: W) -> W::Output {
    work.run()
}

/// Calls `check` compiled for each instruction set that this processor has, with the set's name.
#[cfg(test)]
pub(crate) fn on_every_set(check: impl Fn(&str)) {
    for isa in available() {
        isa.call(|| check(isa.name()));
    }
}

/// The instruction sets that this processor has.
#[cfg(test)]
pub(crate) fn available() -> impl Iterator<Item = Isa> {
    Isa::ALL.into_iter().filter(|isa| isa.is_available())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    struct Double<'a>(&'a mut [f32]);

    impl Work for Double<'_> {
        type Output = f32;

        #[inline(always)]
        fn run(self) -> f32 {
            self.0.iter_mut().for_each(|value| *value *= 2.0);
            self.0.iter().sum()
        }
    }

    #[test]
    fn names_are_read_back() {
        for isa in Isa::ALL {
            assert_eq!(Isa::named(isa.name()), Some(isa));
        }
        assert_eq!(Isa::named("avx"), None);
        assert_eq!(Isa::named("AVX2"), None);
    }

    #[test]
    fn the_chosen_set_is_available() {
        assert!(isa().is_available());
        assert!(Isa::detect().is_available());
        assert!(isa() <= Isa::detect());
        // Read by the test below, which runs this one in a process of its own.
        println!("chosen: {}.", isa().name());
    }

    /// What a process with this value of the variable says on stdout and stderr.
    fn outputs_with(value: &str) -> [String; 2] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cpu::isa::tests::the_chosen_set_is_available", "--nocapture"])
            .env(VARIABLE, value)
            .output()
            .unwrap();
        assert!(output.status.success());
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn the_variable_chooses_the_set() {
        for isa in Isa::ALL {
            let [chosen, complaint] = outputs_with(isa.name());
            if isa.is_available() {
                assert!(chosen.contains(&format!("chosen: {}.", isa.name())), "{chosen}");
                assert_eq!(complaint, "");
            } else {
                assert!(chosen.contains(&format!("chosen: {}.", Isa::detect().name())), "{chosen}");
                assert!(complaint.contains("this processor lacks it"), "{complaint}");
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn an_unknown_set_is_announced() {
        for value in ["", "sse", "AVX2", "avx2 "] {
            let [chosen, complaint] = outputs_with(value);
            let detected = Isa::detect().name();
            assert!(chosen.contains(&format!("chosen: {detected}.")), "{chosen}");
            let expected = format!(
                "layercake: LAYERCAKE_ISA={value}: expected avx512, avx2 or portable; using {detected}\n"
            );
            assert_eq!(complaint, expected);
        }
    }

    #[test]
    fn work_runs_on_every_available_set() {
        for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
            let mut values: Vec<f32> = (0..37).map(|i| i as f32).collect();
            assert_eq!(isa.run(Double(&mut values)), 37.0 * 36.0, "{}", isa.name());
            assert_eq!(values[36], 72.0);
        }
    }
}
