import { chmod, mkdir } from 'node:fs/promises'

/** Directories below the root, with the modes that LXD gives them. */
const DIRECTORIES: readonly (readonly [name: string, mode: number])[] = [
  ['', 0o711],
  ['backups', 0o700],
  ['containers', 0o711],
  ['database/global', 0o700],
  ['devices', 0o711],
  ['images', 0o700],
  ['logs', 0o700],
  ['networks', 0o711],
  ['run', 0o700],
  ['storage-pools', 0o711],
]

/** The root is opened for passing through also where it was there before: what gives up root's rights must reach its own below. */
export async function makeDirectories(root: string): Promise<void> {
  for (const [name, mode] of DIRECTORIES) await mkdir(`${root}/${name}`, { recursive: true, mode })
  await chmod(root, 0o711)
}
