// What these modules take from the prelude, which they are packed apart from: the marks of its errors
// are kept there. `createNetwork` fills it; no bundle sees it.
export const guest = {};
