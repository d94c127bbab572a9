import { defineConfig } from 'vitest/config'

/** Runs beside its siblings: pure code, fakes and temporary directories. */
const parallel = { sequence: { groupOrder: 0 }, testTimeout: 30_000 }

/** Runs alone, one file at a time: there is one kernel, and some tests compare it before and after. */
const alone = (groupOrder: number) => ({
  sequence: { groupOrder },
  fileParallelism: false,
  maxWorkers: 1,
  testTimeout: 60_000,
  hookTimeout: 60_000,
})

const conformance = 'test/{unit,conformance}/**/*conformance.test.ts'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: [conformance],
          ...parallel,
        },
      },
      { test: { name: 'conformance', include: [conformance], ...parallel } },
      { test: { name: 'golden', include: ['test/golden/**/*.test.ts'], ...parallel } },
      { test: { name: 'host', include: ['test/host/**/*.test.ts'], ...alone(1) } },
      { test: { name: 'interop', include: ['test/interop/**/*.test.ts'], ...alone(2) } },
      { test: { name: 'hostile', include: ['test/hostile/**/*.test.ts'], ...alone(3) } },
    ],
  },
})
