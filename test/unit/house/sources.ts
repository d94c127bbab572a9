import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export interface Source {
  readonly path: string
  readonly text: string
  /** Every node of its syntax tree; made when first asked for. */
  readonly tree: () => readonly ts.Node[]
}

/** Every file below these directories whose name ends in one of these ways. */
export function sources(
  directories: readonly string[],
  endings: readonly string[] = ['.ts'],
): readonly Source[] {
  return directories
    .flatMap((directory) => readdirSync(directory, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => source(path, readFileSync(path, 'utf8')))
}

function source(path: string, text: string): Source {
  let tree: readonly ts.Node[] | undefined
  return {
    path,
    text,
    tree: () => {
      tree ??= nodesBelow(ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true))
      return tree
    },
  }
}

function nodesBelow(node: ts.Node): readonly ts.Node[] {
  const found: ts.Node[] = []
  const walk = (each: ts.Node): void => {
    found.push(each)
    ts.forEachChild(each, walk)
  }
  walk(node)
  return found
}

/** All nodes of a source that are what `is` looks for. */
export function nodes<T extends ts.Node>(
  { tree }: Source,
  is: (node: ts.Node) => node is T,
): readonly T[] {
  return tree().filter(is)
}

export interface Import {
  readonly from: string
  readonly names: readonly string[]
}

/** What a source imports as values; types cost and do nothing. */
export function imports(from: Source): readonly Import[] {
  return nodes(from, ts.isImportDeclaration).flatMap((node) => {
    if (node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return []
    const bindings = node.importClause?.namedBindings
    const elements = bindings && ts.isNamedImports(bindings) ? bindings.elements : []
    const names = elements.filter(({ isTypeOnly }) => !isTypeOnly)
    if (elements.length > 0 && names.length === 0) return []
    return [
      {
        from: (node.moduleSpecifier as ts.StringLiteral).text,
        names: names.map((each) => (each.propertyName ?? each.name).text),
      },
    ]
  })
}
