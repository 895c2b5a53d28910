// This design has its parts in other files.
export {};
