//! Files that are replaced in one step.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Gives the file at `path` the content that `write` writes. If anything fails, the file stays as it was.
pub(super) fn replace(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> io::Result<()> {
    // In the same folder, so that it is the same file system and renaming is one step.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    let mut builder = builder.prefix(".layercake-");
    if let Some(permissions) = permissions() {
        builder = builder.permissions(permissions);
    }
    let file = builder.tempfile_in(folder)?;
    let mut writer = BufWriter::new(file.as_file());
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    // Without this a crash soon after could leave the new name with none of its content.
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Those of any new file, before the user's mask: temporary files are by default their owner's alone.
#[cfg(unix)]
fn permissions() -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o666))
}

#[cfg(not(unix))]
fn permissions() -> Option<Permissions> {
    None
}
