export const MAX_STEPS = 2 ** 3;
export const TEMPERATURE = 0.1 + 0.2;
export const KIB = 1 << 10;
export let changing = 1;
export const bump = () => ++changing;
