// regl-scatterplot. It wants its points in a square of −1 to 1, so the map is moved there first; that
// does not count. Looks: "circles" is what it draws unless told otherwise, "squares" its
// `performanceMode` without smooth edges and blending.
import { measure } from './clock.js';
import createScatterplot, { createRenderer } from 'regl-scatterplot';

measure((job, { x, y, nation }) => {
  const [whole] = job.views;
  // Half the visible height of the whole map becomes 1.
  const unit = (whole.width * job.height) / job.width / 2;
  for (let i = 0; i < x.length; i += 1) {
    x[i] = (x[i] - whole.x) / unit;
    y[i] = (y[i] - whole.y) / unit;
  }

  const canvas = document.createElement('canvas');
  const inner = document.createElement('canvas');
  for (const each of [canvas, inner]) {
    each.width = job.width;
    each.height = job.height;
  }
  document.body.append(canvas);

  const own = (view) => ({
    x: (view.x - whole.x) / unit,
    y: (view.y - whole.y) / unit,
    width: view.width / unit,
  });

  let plot;
  let renderer;
  return {
    first() {
      renderer = createRenderer({ canvas: inner });
      plot = createScatterplot({
        renderer,
        canvas,
        width: job.width,
        height: job.height,
        backgroundColor: '#ffffff',
        colorBy: 'valueA',
        pointColor: job.colors,
        pointSize: job.dot,
        pointScaleMode: 'constant',
        opacity: 1,
        performanceMode: job.look === 'squares',
      });
      plot.draw({ x, y, valueA: nation }, { zDataType: 'categorical' });
    },
    show(view) {
      const zoom = whole.width / view.width;
      const middle = own(view);
      // Column by column: enlarge after moving the view's middle to the origin.
      plot.view([zoom, 0, 0, 0, 0, zoom, 0, 0, 0, 0, 1, 0, -zoom * middle.x, -zoom * middle.y, 0, 1]);
    },
    own,
    canvas: () => canvas,
    gl: () => renderer.regl._gl,
  };
});
