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

/// What multiplies matrices of bfloat16 numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bf16 {
    /// `f32` instructions on the rounded numbers: the same products on every processor, slower than in `f32`.
    Emulated,
    /// x86-64's AVX512-BF16: two products a lane and instruction.
    Avx512Bf16,
    /// x86-64's matrix unit (AMX-BF16), on Linux: tiles of 16 rows of 32 numbers.
    Amx,
}

/// What `LAYERCAKE_ISA` can say, the best first.
const LEVELS: [(&str, Isa, Bf16); 5] = [
    ("amx", Isa::Avx512, Bf16::Amx),
    ("avx512bf16", Isa::Avx512, Bf16::Avx512Bf16),
    ("avx512", Isa::Avx512, Bf16::Emulated),
    ("avx2", Isa::Avx2, Bf16::Emulated),
    ("portable", Isa::Portable, Bf16::Emulated),
];

/// The environment variable that chooses a lesser level than the detected one.
const VARIABLE: &str = "LAYERCAKE_ISA";

/// The instruction set that the kernels use.
///
/// It is the best that this processor has, unless the environment variable `LAYERCAKE_ISA` names
/// a level (`amx`, `avx512bf16`, `avx512`, `avx2` or `portable`; the first two differ from `avx512`
/// in [`bf16`] alone, which large products in `f32` use as well if it is AMX). A name that is unknown, or
/// a level that this processor lacks, is announced on stderr and otherwise ignored. Read once, on the
/// first call.
pub fn isa() -> Isa {
    level().0
}

/// What products of bfloat16 numbers are computed by, chosen as [`isa`] is.
pub fn bf16() -> Bf16 {
    level().1
}

fn level() -> (Isa, Bf16) {
    static LEVEL: OnceLock<(Isa, Bf16)> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let available = LEVELS.into_iter().filter(|(_, isa, bf16)| isa.is_available() && bf16.is_available());
        let (detected, isa, bf16) = available.clone().next().expect("every processor has the last one");
        let Some(wanted) = std::env::var_os(VARIABLE) else { return (isa, bf16) };
        if let Some((_, isa, bf16)) = available.clone().find(|&(name, ..)| wanted == name) {
            return (isa, bf16);
        }
        let complaint = if LEVELS.iter().any(|&(name, ..)| wanted == name) {
            "this processor lacks it"
        } else {
            "expected amx, avx512bf16, avx512, avx2 or portable"
        };
        eprintln!("layercake: {VARIABLE}={}: {complaint}; using {detected}", wanted.to_string_lossy());
        (isa, bf16)
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
}

impl Bf16 {
    /// Every one, the best first.
    pub const ALL: [Bf16; 3] = [Bf16::Amx, Bf16::Avx512Bf16, Bf16::Emulated];

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Bf16::Emulated => "emulated",
            Bf16::Avx512Bf16 => "avx512bf16",
            Bf16::Amx => "amx",
        }
    }

    /// Whether this processor has it, and for the matrix unit whether the kernel grants its use.
    pub fn is_available(self) -> bool {
        match self {
            Bf16::Emulated => true,
            #[cfg(target_arch = "x86_64")]
            Bf16::Avx512Bf16 => Isa::Avx512.is_available() && is_x86_feature_detected!("avx512bf16"),
            #[cfg(all(target_arch = "x86_64", target_os = "linux", not(miri)))]
            Bf16::Amx => {
                static GRANTED: OnceLock<bool> = OnceLock::new();
                Bf16::Avx512Bf16.is_available() && *GRANTED.get_or_init(amx_is_granted)
            }
            #[allow(unreachable_patterns)]
            _ => false,
        }
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

/// Whether the processor has AMX-BF16, and Linux lets this process use its registers, which it does on request alone.
#[cfg(all(target_arch = "x86_64", target_os = "linux", not(miri)))]
fn amx_is_granted() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    const AMX_BF16: u32 = 1 << 22;
    const AMX_TILE: u32 = 1 << 24;
    let features = core::arch::x86_64::__cpuid_count(7, 0).edx;
    features & (AMX_BF16 | AMX_TILE) == AMX_BF16 | AMX_TILE
        // SAFETY: the call changes nothing but what registers the process may use.
        && unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) } == 0
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

/// Implements `$trait::$function` for the element types of kernels: a `static KERNELS` of modules for AVX-512, AVX2 and all
/// processors.
macro_rules! kernels_by_isa {
    ($trait:ident::$function:ident -> $kernels:ident; $($type:ident: $avx512:ident $avx2:ident $portable:ident;)*) => {$(
        impl $trait for $type {
            fn $function(isa: $crate::cpu::isa::Isa) -> &'static $kernels<$type> {
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    $crate::cpu::isa::Isa::Avx512 => &$avx512::KERNELS,
                    #[cfg(target_arch = "x86_64")]
                    $crate::cpu::isa::Isa::Avx2 => &$avx2::KERNELS,
                    _ => &$portable::KERNELS,
                }
            }
        }
    )*};
}
pub(crate) use kernels_by_isa;

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
    fn the_chosen_level_is_available() {
        assert!(isa().is_available() && bf16().is_available());
        let detected = Isa::ALL.into_iter().find(|isa| isa.is_available());
        assert!(Some(isa()) <= detected);
        // Read by the tests below, which run this one in a process of its own.
        println!("chosen: {} {}.", isa().name(), bf16().name());
    }

    /// What a process with this value of the variable says on stdout and stderr.
    fn outputs_with(value: &str) -> [String; 2] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cpu::isa::tests::the_chosen_level_is_available", "--nocapture"])
            .env(VARIABLE, value)
            .output()
            .unwrap();
        assert!(output.status.success());
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap())
    }

    fn is_available((_, isa, bf16): (&str, Isa, Bf16)) -> bool {
        isa.is_available() && bf16.is_available()
    }

    /// What is used where nothing is chosen.
    fn detected() -> (&'static str, Isa, Bf16) {
        LEVELS.into_iter().find(|&level| is_available(level)).unwrap()
    }

    fn chosen((_, isa, bf16): (&str, Isa, Bf16)) -> String {
        format!("chosen: {} {}.", isa.name(), bf16.name())
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn the_variable_chooses_the_level() {
        for level in LEVELS {
            let [said, complaint] = outputs_with(level.0);
            if is_available(level) {
                assert!(said.contains(&chosen(level)), "{said}");
                assert_eq!(complaint, "");
            } else {
                assert!(said.contains(&chosen(detected())), "{said}");
                assert!(complaint.contains("this processor lacks it"), "{complaint}");
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn an_unknown_level_is_announced() {
        for value in ["", "sse", "AVX2", "avx2 "] {
            let [said, complaint] = outputs_with(value);
            assert!(said.contains(&chosen(detected())), "{said}");
            let expected = format!(
                "layercake: LAYERCAKE_ISA={value}: expected amx, avx512bf16, avx512, avx2 or portable; using {}\n",
                detected().0
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
