/** Other spellings of the kernel's names. */
const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  i686: ['i386', 'i586', '386', 'x86', 'generic_32'],
  x86_64: ['amd64', 'generic_64'],
  armv7l: ['armel', 'armhf', 'arm', 'armv7', 'armv7a', 'armhfp', 'armv7a_hardfp', 'armv7hl'],
  aarch64: ['arm64', 'arm64_generic'],
  ppc: ['powerpc'],
  ppc64: ['powerpc64', 'ppc64_generic'],
  ppc64le: ['ppc64el'],
  s390x: [],
  mips: ['mipsel', 'mipsle'],
  mips64: ['mips64el', 'mips64le'],
  riscv32: [],
  riscv64: [],
}

/** The kernel's name of an architecture, whatever the spelling; undefined for one that is not known. */
export function kernelName(name: string): string | undefined {
  const found = Object.entries(ARCHITECTURES).find(
    ([kernel, others]) => kernel === name || others.includes(name),
  )
  return found?.[0]
}
