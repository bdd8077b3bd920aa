// What the pages of all peers share: the job, the clock, and the pictures.
//
// A program draws when the browser calls it back for a frame. The clock of a frame runs from the
// beginning of that callback until one pixel of the picture has been read, which cannot be before the
// picture is complete. Waiting for the callback does not count, nor does the browser's own work of
// showing the picture on the screen; both would only make the peers slower.

let drawnPoints = 0;
let afterDrawing = null;

// Counts the points given to the graphics library: tells which callback drew, and whether all points
// were drawn.
for (const context of [WebGLRenderingContext, WebGL2RenderingContext]) {
  const drawArrays = context.prototype.drawArrays;
  context.prototype.drawArrays = function (mode, first, count) {
    if (mode === this.POINTS) drawnPoints += count;
    return drawArrays.call(this, mode, first, count);
  };
}

const nextFrame = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (callback) =>
  nextFrame((time) => {
    const before = drawnPoints;
    const start = performance.now();
    callback(time);
    if (drawnPoints > before) afterDrawing?.(start, drawnPoints - before);
  });

const pixel = new Uint8Array(4);

// Asks for a frame with `change` and waits until it is complete: its time in milliseconds, the moment
// at which it was, and the points it drew. `look` is called while the picture can still be read.
function frame(change, gl, look) {
  return new Promise((done) => {
    afterDrawing = (start, points) => {
      afterDrawing = null;
      const context = gl();
      context.readPixels(0, 0, 1, 1, context.RGBA, context.UNSIGNED_BYTE, pixel);
      const end = performance.now();
      look?.();
      done({ ms: end - start, end, points });
    };
    change();
  });
}

// The browser gets time to show the last picture, so that it does not do so during the next one.
const rest = () => new Promise((done) => setTimeout(done, 100));

async function column(name, Type) {
  return new Type(await (await fetch(name)).arrayBuffer());
}

// Sends what the canvas shows, on white. Returns the number of pixels that are not white, those in which
// some color differs by at least 8 of 255, and the share of the view's points without such a pixel
// where they lie or beside it: a program that leaves points out or moves them would have many.
function photograph(canvas, name, { x, y }, view, sent) {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d', { willReadFrequently: true });
  context.fillStyle = '#fff';
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, copy.width, copy.height);
  sent.push(
    new Promise((done) => copy.toBlob(done)).then((blob) =>
      fetch(`picture/${name}`, { method: 'POST', body: blob }),
    ),
  );

  let covered = 0;
  const near = new Uint8Array(width * height);
  for (let i = 0; i < near.length; i += 1) {
    if (Math.min(data[4 * i], data[4 * i + 1], data[4 * i + 2]) > 247) continue;
    covered += 1;
    const column = i % width;
    for (let row = Math.floor(i / width) - 1, k = 0; k < 3; k += 1, row += 1) {
      if (row < 0 || row >= height) continue;
      near.fill(1, row * width + Math.max(column - 1, 0), row * width + Math.min(column + 2, width));
    }
  }
  const perUnit = width / view.width;
  let inside = 0;
  let missing = 0;
  for (let i = 0; i < x.length; i += 1) {
    const column = Math.floor(width / 2 + (x[i] - view.x) * perUnit);
    const row = Math.floor(height / 2 - (y[i] - view.y) * perUnit);
    if (column < 0 || column >= width || row < 0 || row >= height) continue;
    inside += 1;
    missing += 1 - near[row * width + column];
  }
  return { covered, missing: missing / Math.max(inside, 1) };
}

// Which frames of the path fit the time: evenly spaced over the whole path, at least `fewest`. The path
// turns back in its middle, where two frames in a row may show the same; a program need not draw the
// second.
function chosen(views, fewest, budgetMs, frameMs) {
  const total = views.length;
  const n = Math.max(2, Math.min(total, Math.max(fewest, Math.floor(budgetMs / frameMs))));
  const evenly = Array.from({ length: n }, (_, i) => Math.round((i * (total - 1)) / (n - 1)));
  return evenly.filter((i, k) => k === 0 || views[i].width !== views[evenly[k - 1]].width);
}

// Runs a peer through its job. `start(job, columns)` prepares what must not count and returns
// `first`, which makes the program and its first picture, `show`, which sets a view of the path,
// `canvas` and `gl`, where picture and graphics context are found once they exist, and `own`, which
// says a view in the units that the columns are left in.
export async function measure(start) {
  try {
    const job = await (await fetch('job.json')).json();
    const columns = {
      x: await column('x', Float32Array),
      y: await column('y', Float32Array),
      nation: await column('nation', Uint8Array),
    };
    const { views } = job;
    const peer = start(job, columns);
    const sent = [];
    let seen;
    let near;

    const begin = performance.now();
    const whole = await frame(peer.first, peer.gl, () => {
      seen = photograph(peer.canvas(), 'whole', columns, peer.own(views[0]), sent);
    });
    const firstMs = whole.end - begin;

    // One frame to warm up, and the densest place for the picture; its time tells how many fit.
    const nearest = views.reduce((a, view, i) => (view.width < views[a].width ? i : a), 0);
    await rest();
    const dense = await frame(
      () => peer.show(views[nearest]),
      peer.gl,
      () => {
        near = photograph(peer.canvas(), 'dense', columns, peer.own(views[nearest]), sent);
      },
    );
    await rest();
    const again = await frame(() => peer.show(views[0]), peer.gl);
    // Frames of the path lie between these two.
    const typical = (dense.ms + again.ms) / 2;
    const frames = chosen(views, job.fewest, job.budget_ms, typical);

    const times = [];
    let points = job.n;
    // The last view shown is the path's first, which a program may not draw again.
    await rest();
    await frame(() => peer.show(views[nearest]), peer.gl);
    for (const i of frames) {
      await rest();
      const made = await frame(() => peer.show(views[i]), peer.gl);
      times.push(made.ms);
      points = Math.min(points, made.points);
    }

    const gl = peer.gl();
    const info = gl.getExtension('WEBGL_debug_renderer_info');
    await Promise.all(sent);
    await send({
      adapter: gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER),
      covered_px: seen.covered,
      missing: Math.max(seen.missing, near.missing),
      drawn: Math.min(points, whole.points),
      first_frame_ms: firstMs,
      frame_ms: times,
      frames,
    });
  } catch (error) {
    await send({ error: String(error?.stack ?? error) });
  }
}

function send(result) {
  return fetch('result', { method: 'POST', body: JSON.stringify(result) });
}

for (const event of ['error', 'unhandledrejection']) {
  window.addEventListener(event, (e) => send({ error: String(e.reason?.stack ?? e.message) }));
}
