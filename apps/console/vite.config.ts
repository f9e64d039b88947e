import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: '/',
  // Libraries mark their modules for React servers, which says nothing here, a thousand times over.
  logLevel: 'error',
  // The domain's words, from their source; nothing else of libs/ is let in (.dependency-cruiser.cjs).
  resolve: { alias: [{ find: /^#domain\/(.*)\.js$/, replacement: `${here('../../libs/domain/src')}/$1.ts` }] },
  build: {
    outDir: here('../../dist/console'),
    emptyOutDir: true,
    target: 'es2022',
    reportCompressedSize: false,
    rolldownOptions: {
      input: { console: here('index.html'), 'service-worker': here('src/service-worker.ts') },
      // The page looks for its worker under one name, whatever its build.
      output: { entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
  // `npx vite --config apps/console/vite.config.ts` beside a running `npm start`.
  server: {
    proxy: {
      '^/(session|live|cases|worklist|clocks|procedures|offices|officials|me|oidc|devices|tanda-terima)': 'http://localhost:3000',
    },
  },
});
