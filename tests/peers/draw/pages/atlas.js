// Embedding Atlas, its EmbeddingView on arrays in memory. Looks: "dots" draws dots of the size asked
// for, "shipped" what the package draws by itself, never less than 5 pixels wide; see build.mjs.
import { measure } from './clock.js';
import { EmbeddingView } from 'embedding-atlas-component';

measure((job, { x, y, nation }) => {
  if (job.look === 'dots') globalThis.smallestDot = 0;
  const place = document.createElement('div');
  document.body.append(place);
  const viewport = (view) => ({ x: view.x, y: view.y, scale: 2 / view.width });
  const canvas = () => place.querySelector('canvas');

  let atlas;
  return {
    first() {
      atlas = new EmbeddingView(place, {
        data: { x, y, category: nation },
        categoryColors: job.colors,
        width: job.width,
        height: job.height,
        pixelRatio: 1,
        viewportState: viewport(job.views[0]),
        theme: { statusBar: false, brandingLink: null },
        // Its dots have one pixel of smooth edge inside their radius, so the middle of the edge lies
        // half a pixel further in. All points are drawn, as on the other sides.
        config: {
          mode: 'points',
          colorScheme: 'light',
          pointSize: job.dot / 2 + 0.5,
          autoLabelEnabled: false,
          downsampleMaxPoints: Infinity,
        },
      });
    },
    show(view) {
      atlas.update({ viewportState: viewport(view) });
    },
    own: (view) => view,
    canvas,
    gl: () => canvas().getContext('webgl2'),
  };
});
