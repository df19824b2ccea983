var E; (function (F) { F[F['a'] = 0] = 'a'; F.b = 1 })(E || (E = {})); E.c = 2
