// Places in the prelude's data: the start and the length of a piece, as one number (build.mjs).

/** The length of a piece. */
export const lengthOf = (place) => place % 2 ** 20;

/** Where a piece begins. */
export const startOf = (place) => (place - lengthOf(place)) / 2 ** 20;
