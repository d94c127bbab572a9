/** The cgroup that liblxc made for a container, of a path that leads to it or below it, where the guest makes its own. */
export function payloadCgroup(path: string, name: string): string {
  const parts = path.split('/')
  const numbered = `lxc.payload.${name}-`
  const at = parts.findIndex(
    (part) =>
      part === `lxc.payload.${name}` ||
      (part.startsWith(numbered) && /^\d+$/.test(part.slice(numbered.length))),
  )
  return at < 0 ? path : parts.slice(0, at + 1).join('/')
}
