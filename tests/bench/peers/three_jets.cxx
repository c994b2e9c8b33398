// The loop of task 6 by hand, over arrays in memory: g++ -O3 -march=native. Protocol as in answer.py, with the file that
// `adl-bench arrays` writes: numbers of events and jets (64 bits each); where the jets of each event begin, and their number
// (32 bits); pt, eta, phi, mass, btag of all jets (32-bit floats).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

struct Jets {
   std::vector<uint32_t> starts;
   std::vector<float> pt, eta, phi, mass, btag;
};

struct Histogram {
   double low, high;
   uint64_t cells[102] = {};
   void fill(double x) { cells[x < low ? 0 : x < high ? 1 + int(100 * (x - low) / (high - low)) : 101]++; }
};

static Jets read(const std::string &path) {
   std::ifstream file(path, std::ios::binary);
   uint64_t size[2] = {};
   file.read(reinterpret_cast<char *>(size), sizeof size);
   auto take = [&](auto &v, size_t n) { v.resize(n); file.read(reinterpret_cast<char *>(v.data()), n * 4); };
   Jets jets;
   take(jets.starts, size[0] + 1);
   for (auto *v : {&jets.pt, &jets.eta, &jets.phi, &jets.mass, &jets.btag}) take(*v, size[1]);
   return jets;
}

static void loop(const Jets &jets, Histogram &pt, Histogram &btag) {
   std::vector<double> x, y, z, e, rest;
   for (size_t event = 0; event + 1 < jets.starts.size(); event++) {
      const size_t first = jets.starts[event], n = jets.starts[event + 1] - first;
      if (n < 3) continue;
      for (auto *v : {&x, &y, &z, &e, &rest}) v->resize(n);
      for (size_t i = 0; i < n; i++) {
         const double p = jets.pt[first + i], phi = jets.phi[first + i], m = jets.mass[first + i], exp = std::exp(double(jets.eta[first + i]));
         x[i] = p * std::cos(phi);
         y[i] = p * std::sin(phi);
         z[i] = p * 0.5 * (exp - 1 / exp);
         rest[i] = m * m;
         e[i] = std::sqrt(p * p + z[i] * z[i] + rest[i]);
      }
      double nearest = INFINITY;
      size_t a = 0, b = 0, c = 0;
      for (size_t i = 0; i < n; i++)
         for (size_t j = i + 1; j < n; j++) {
            const double x2 = x[i] + x[j], y2 = y[i] + y[j], z2 = z[i] + z[j], e2 = e[i] + e[j];
            const double mass2 = e2 * e2 - x2 * x2 - y2 * y2 - z2 * z2;
            for (size_t k = j + 1; k < n; k++) {
               const double d = std::abs(std::sqrt(mass2 + rest[k] + 2 * (e2 * e[k] - x2 * x[k] - y2 * y[k] - z2 * z[k])) - 172.5);
               if (d < nearest) { nearest = d; a = i; b = j; c = k; }
            }
         }
      const double px = x[a] + x[b] + x[c], py = y[a] + y[b] + y[c];
      pt.fill(std::sqrt(px * px + py * py));
      btag.fill(std::max({jets.btag[first + a], jets.btag[first + b], jets.btag[first + c]}));
   }
}

static double clock(clockid_t id) {
   timespec t;
   clock_gettime(id, &t);
   return t.tv_sec + 1e-9 * t.tv_nsec;
}

int main() {
   std::string task, path, before;
   Jets jets;
   for (std::string line; std::getline(std::cin, line);) {
      std::istringstream(line) >> task >> path;
      if (path != before) jets = read(before = path);
      const double cpu = clock(CLOCK_THREAD_CPUTIME_ID);
      Histogram h[] = {{15, 40}, {0, 1}};
      loop(jets, h[0], h[1]);
      std::cout << "{\"cpu\": " << clock(CLOCK_THREAD_CPUTIME_ID) - cpu << ", \"histograms\": [";
      for (int k = 0; k < 2; k++) {
         std::cout << (k ? ", [" : "[");
         for (int bin = 0; bin < 102; bin++) std::cout << (bin ? ", " : "") << h[k].cells[bin];
         std::cout << "]";
      }
      std::cout << "]}" << std::endl;
   }
}
