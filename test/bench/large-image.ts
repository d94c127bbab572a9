import { execFile } from 'node:child_process'
import { createCipheriv, createHash } from 'node:crypto'
import { link, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { machine } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { BenchImage } from './image.ts'

const run = promisify(execFile)

const DIRECTORIES = 400
const MIB = 1024 * 1024

/** How many files of which size: most are small and most bytes are in few, as in a system of some packages. */
const FILES = [
  { count: 5000, bytes: 3000 },
  { count: 2000, bytes: 20_000 },
  { count: 300, bytes: 300_000 },
  { count: 23, bytes: 7 * MIB },
] as const

/** A unified tarball by gzip that unpacks to 300 MiB in some eight thousand entries; every third file is one that nothing makes smaller. */
export async function buildLargeImage(directory: string): Promise<BenchImage> {
  const tree = join(directory, 'tree')
  await mkdir(join(tree, 'rootfs/sbin'), { recursive: true })
  await writeFile(
    join(tree, 'metadata.yaml'),
    `architecture: ${machine()}\ncreation_date: 1700000000\n`,
  )
  await fill(join(tree, 'rootfs'))
  const path = join(directory, 'large.tar.gz')
  await run('tar', ['-C', tree, '--owner=0', '--group=0', '-czf', path, 'metadata.yaml', 'rootfs'])
  await rm(tree, { recursive: true })
  const fingerprint = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
  return { path, fingerprint }
}

async function fill(root: string): Promise<void> {
  const homes = Array.from({ length: DIRECTORIES }, (_, index) =>
    join(root, 'usr', `share-${index % 20}`, `part-${index}`),
  )
  for (const home of homes) await mkdir(home, { recursive: true })
  const sizes = FILES.flatMap(({ count, bytes }) => Array.from({ length: count }, () => bytes))
  for (const [number, bytes] of sizes.entries()) {
    const path = join(homes[number % homes.length] ?? root, `file-${number}`)
    await writeFile(path, number % 3 === 0 ? noise(number, bytes) : prose(number, bytes))
    await linkSome(path, number)
  }
}

async function linkSome(path: string, number: number): Promise<void> {
  if (number % 20 === 0) await symlink(`file-${number}`, `${path}-link`)
  if (number % 50 === 0) await link(path, `${path}-again`)
}

/** The same for the same seed, and random to whoever compresses it. */
function noise(seed: number, bytes: number): Buffer {
  const key = createHash('sha256').update(String(seed)).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes))
}

const WORDS =
  noise(0, 4096)
    .toString('base64')
    .match(/.{1,6}/g) ?? []

/** Words in no order: a third of its size to gzip. */
function prose(seed: number, bytes: number): string {
  const order = noise(seed + 1, Math.ceil(bytes / 7) * 2)
  const words = Array.from(
    { length: Math.ceil(bytes / 7) },
    (_, index) => WORDS[order.readUInt16LE(index * 2) % 200] ?? '',
  )
  return words.join(' ').slice(0, bytes)
}
