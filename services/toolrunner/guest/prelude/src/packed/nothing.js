// In place of parts of packages that nothing here calls.
export {};
