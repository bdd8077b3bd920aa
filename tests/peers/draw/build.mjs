// Bundles the pages: node build.mjs PAGES OUT, run in the folder that has node_modules.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [pages, out] = process.argv.slice(2).map((each) => path.resolve(each));
// The script lies elsewhere than the packages.
const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const { build } = require('esbuild');

// Embedding Atlas draws no dot with a radius under 3 pixels. The page may lower that, so that all sides
// can be compared with the same dots; nothing else is changed, and unless asked the floor stays.
const FLOOR = /Math\.max\(3, (\w+\.pointSize)\)/g;
let floors = 0;
const dots = {
  name: 'dots',
  setup({ onLoad }) {
    onLoad({ filter: /embedding-atlas\/dist\/chunk-[^/]*\.js$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replace(FLOOR, (_, size) => {
        floors += 1;
        return `Math.max(globalThis.smallestDot ?? 3, ${size})`;
      }),
    }));
  },
};

for (const peer of ['regl', 'atlas']) {
  await build({
    entryPoints: [path.join(pages, `${peer}.js`)],
    outfile: path.join(out, `${peer}.js`),
    bundle: true,
    minify: true,
    format: 'esm',
    nodePaths: [path.resolve('node_modules')],
    alias: {
      // The package's own entry also brings its viewer and workers.
      'embedding-atlas-component': path.resolve('node_modules/embedding-atlas/dist/component.js'),
      '@uwdata/mosaic-core': path.join(pages, 'no-database.js'),
      '@uwdata/mosaic-sql': path.join(pages, 'no-database.js'),
    },
    plugins: [dots],
    logLevel: 'error',
    logOverride: { 'import-is-undefined': 'silent' },
  });
}
if (floors !== 1) throw new Error(`found ${floors} places with the smallest dot of Embedding Atlas, not 1`);
