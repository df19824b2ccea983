// attacks: an endless loop while the program is loaded
// expect load: FUEL_EXHAUSTED
for (;;) {}
