import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import ts from 'typescript'

/** The bindings as plain JavaScript, for a Node process of its own; below the package, where they find the built programs. */
export interface PlainBindings {
  /** Runs an ES module whose text may use `startHelper` and `INDEX`, where that comes from; its printed lines are JSON. */
  run(text: string): Child
  remove(): Promise<void>
}

export interface Child {
  readonly process: ChildProcess
  /** The next line it prints. */
  next(): Promise<unknown>
  readonly exited: Promise<number | null>
}

const PACKAGE = resolve(import.meta.dirname, '../..')

export async function plainBindings(): Promise<PlainBindings> {
  const cache = join(PACKAGE, 'node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const directory = await mkdtemp(join(cache, 'helper-test-'))
  for (const part of ['', 'linux', 'helper']) await transpile(part, directory)
  return {
    run: (text) => child(directory, text),
    remove: () => rm(directory, { recursive: true }),
  }
}

async function transpile(part: string, directory: string): Promise<void> {
  const source = join(PACKAGE, 'bindings', part)
  await mkdir(join(directory, part), { recursive: true })
  const names = (await readdir(source)).filter((name) => name.endsWith('.ts'))
  for (const name of names) {
    const { outputText } = ts.transpileModule(await readFile(join(source, name), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      },
    })
    await writeFile(join(directory, part, name.replace(/\.ts$/, '.js')), outputText)
  }
}

function child(directory: string, text: string): Child {
  const index = JSON.stringify(join(directory, 'helper/index.js'))
  const prelude = `import { startHelper } from ${index}\nconst INDEX = ${index}\n`
  const process = spawn('node', ['--input-type=module', '-e', prelude + text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]()
  return {
    process,
    next: async () => JSON.parse((await lines.next()).value),
    exited: new Promise((done) => process.once('exit', done)),
  }
}
