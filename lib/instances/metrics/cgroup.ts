import type { KernelFiles } from './kernel-files.ts'
import { lines } from './reading.ts'

/** Where the kernel shows its cgroups: by controller in version 1, all of them in one tree in version 2. */
export interface Hierarchies {
  readonly v1: ReadonlyMap<string, string>
  readonly v2: string | undefined
}

/** The cgroups of one container. */
export interface Cgroup {
  /** The version that has a controller; undefined when none has. */
  version(controller: string): 1 | 2 | undefined
  /** Undefined when it is not there. */
  read(controller: string, file: string): Promise<string | undefined>
}

export function hierarchies(mountinfo: string | undefined): Hierarchies {
  const mounts = lines(mountinfo).flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ')
    const [type = '', , options = ''] = right.split(' ')
    const target = left.split(' ')[4] ?? ''
    return type.startsWith('cgroup') ? [{ type, target, options: options.split(',') }] : []
  })
  const v1 = mounts.filter(({ type }) => type === 'cgroup')
  return {
    v1: new Map(
      v1.flatMap(({ target, options }) => options.map((name) => [name, target] as const)),
    ),
    v2: mounts.find(({ type }) => type === 'cgroup2')?.target,
  }
}

/** `own` is `/proc/<pid>/cgroup` of the container's init, which a guest may have moved further down, but not out. */
export function openCgroup(
  own: string,
  {
    cgroupOf,
    roots,
    files,
  }: {
    readonly cgroupOf: (path: string) => string
    readonly roots: Hierarchies
    readonly files: KernelFiles
  },
): Cgroup {
  const paths = new Map(
    lines(own).flatMap((line) => {
      const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
      return controllers.split(',').map((controller) => [controller, cgroupOf(path)] as const)
    }),
  )
  const directory = (controller: string): string | undefined => {
    const inV1 = roots.v1.get(controller)
    const [root, path] =
      inV1 === undefined ? [roots.v2, paths.get('')] : [inV1, paths.get(controller)]
    return root === undefined || path === undefined ? undefined : `${root}${path}`
  }
  return {
    version: (controller) => {
      if (directory(controller) === undefined) return undefined
      return roots.v1.has(controller) ? 1 : 2
    },
    read: async (controller, file) => {
      const place = directory(controller)
      return place === undefined ? undefined : files.read(`${place}/${file}`)
    },
  }
}
