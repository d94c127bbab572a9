import { execFile } from 'node:child_process'
import {
  chmod,
  chown,
  lchown,
  link,
  mkdir,
  open,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** `cap_net_raw=ep`, as the kernel keeps it for a file whose root is the host's. */
const NET_RAW = '0x0100000200200000000000000000000000000000'

const LONG = 'n'.repeat(255)
const DEEP = Array.from({ length: 20 }, (_, level) => `level-${level}-of-a-long-way-down`).join('/')

/** One of everything that a root file system may hold, with owners that begin at `base`. No user or group of the machine has an id of its ACLs. */
export async function richTree(root: string, base = 0): Promise<void> {
  await mkdir(join(root, 'sub', DEEP), { recursive: true })
  await mkdir(join(root, 'sticky'))
  await files(root, base)
  await links(root, base)
  await nodes(root)
  await attributes(root, base)
  for (const directory of ['', 'sub', 'sticky']) await chown(join(root, directory), base, base)
  await chmod(join(root, 'sticky'), 0o3777)
  await chmod(join(root, 'sub'), 0o2750)
  await chmod(root, 0o751)
  for (const [index, name] of ['sub', 'sticky', ''].entries())
    await utimes(join(root, name), 1_600_000_000 + index, 1_600_000_100 + index)
}

async function files(root: string, base: number): Promise<void> {
  await writeFile(join(root, 'plain'), 'plain\n')
  await writeFile(join(root, 'empty'), '')
  await writeFile(join(root, 'large'), Buffer.alloc(3_000_001, 'lxworks'))
  await writeFile(join(root, 'sub', DEEP, LONG), 'deep')
  await writeFile(join(root, 'umlaut-ä-✓'), 'utf8')
  await writeFile(
    Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe, 0x0a, 0x22])]),
    'not utf8',
  )
  await writeFile(join(root, 'setuid'), 'set')
  await chown(join(root, 'setuid'), base + 33, base + 44)
  await chmod(join(root, 'setuid'), 0o6755)
  await writeFile(join(root, 'high-ids'), '')
  await chown(join(root, 'high-ids'), base + 60_000, base + 65_535)
  const sparse = await open(join(root, 'sparse'), 'w')
  await sparse.write('begin', 0)
  await sparse.write('middle', 8 * 1024 ** 2)
  await sparse.truncate(16 * 1024 ** 2 + 17)
  await sparse.close()
  const hole = await open(join(root, 'all-hole'), 'w')
  await hole.truncate(96 * 1024 ** 2)
  await hole.close()
}

async function links(root: string, base: number): Promise<void> {
  await link(join(root, 'setuid'), join(root, 'a-first-name-of-setuid'))
  await link(join(root, 'sparse'), join(root, 'sub', 'sparse-too'))
  await symlink('/etc/shadow', join(root, 'absolute'))
  await symlink(`../${'x'.repeat(2000)}`, join(root, 'dangling-long'))
  await symlink(Buffer.from([0x78, 0xff]), join(root, 'to-not-utf8'))
  await lchown(join(root, 'absolute'), base + 1, base + 2)
  await link(join(root, 'absolute'), join(root, 'second-name-of-a-link'))
}

async function nodes(root: string): Promise<void> {
  await run('mkfifo', ['-m', '640', join(root, 'fifo')])
  await run('mknod', ['-m', '666', join(root, 'null'), 'c', '1', '3'])
  await run('mknod', ['-m', '660', join(root, 'loop'), 'b', '7', '77'])
}

async function attributes(root: string, base: number): Promise<void> {
  const at = (name: string): string => join(root, name)
  await run('setfattr', ['-n', 'user.comment', '-v', '0x00ff00', at('plain')])
  await run('setfattr', ['-n', 'user.comment', '-v', 'of a directory', at('sub')])
  await run('setfattr', ['-n', 'security.capability', '-v', capability(base), at('empty')])
  await run('setfacl', ['-m', `u:${base + 7007}:rwx,g:${base + 8008}:---,m::rx`, at('plain')])
  await run('setfacl', ['-m', `u:${base + 7007}:r-x`, '-m', `d:u:${base + 9009}:rwx`, at('sticky')])
}

/** Of a file whose root is `root`: version 3 names it, version 2 means the host's own. */
export function capability(root: number): string {
  if (root === 0) return NET_RAW
  const id = Buffer.alloc(4)
  id.writeUInt32LE(root)
  return `0x01000003${NET_RAW.slice(10)}${id.toString('hex')}`
}

/** What can be said about a tree, a line for each thing: types, modes, owners, links, devices, sizes, times, attributes and content. */
export async function inventory(root: string): Promise<readonly string[]> {
  const lines = (await Promise.all(WALKS.map((walk) => told(root, walk)))).flat()
  return [...lines, ...(await names(root))].sort()
}

/** Each says one kind of thing, with zero bytes between its lines. Holes are not read, which would take long. */
const WALKS: readonly (readonly [string, ...string[]])[] = [
  ['find', '.', '-exec', 'stat', '--printf=%n\\t%F %a %u:%g %h %t:%T %.Y %s\\0', '{}', '+'],
  ['find', '.', '-type', 'l', '-printf', '%p\\t-> %l\\0'],
  ['find', '.', '-type', 'f', '-size', '-20000', '-exec', 'sha256sum', '-z', '{}', '+'],
  ['getfattr', '-R', '-h', '-P', '-d', '-m', '-', '-e', 'hex', '.'],
]

async function told(
  root: string,
  [program, ...words]: (typeof WALKS)[number],
): Promise<readonly string[]> {
  const options = { cwd: root, encoding: 'latin1', maxBuffer: 64 * 1024 ** 2 } as const
  const { stdout } = await run(program, words, options)
  const lines = program === 'getfattr' ? stdout.split('\n\n') : stdout.split('\0')
  return lines.map((line) => withoutSize(line.trim())).filter(Boolean)
}

/** Sizes of directories are the file system's own affair. */
function withoutSize(line: string): string {
  return /^[^\t]*\tdirectory /.test(line) ? line.replace(/ \d+$/, '') : line
}

/** The names of each file that has several, in a line. */
async function names(root: string): Promise<readonly string[]> {
  const found = await told(root, [
    'find',
    '.',
    '-links',
    '+1',
    '!',
    '-type',
    'd',
    '-printf',
    '%i %p\\0',
  ])
  const files = new Map<string, string[]>()
  for (const line of found) {
    const [inode = '', ...name] = line.split(' ')
    files.set(inode, [...(files.get(inode) ?? []), name.join(' ')])
  }
  return [...files.values()].map((each) => each.sort().join(' = '))
}
