// Plot draws the time and the requests of plans against the number of members, from the results of make bench.
//
//	plot <results.json> <picture.svg>
package main

import (
	"encoding/json"
	"fmt"
	"image/color"
	"os"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

const (
	ownSource = "posthog-rbac/posthog"
	limit     = 480 // requests a minute of each key in PostHog's cloud
)

// series has the results of one provider, in the format of internal/bench.
type series struct {
	Name    string `json:"name"`
	Source  string `json:"source"`
	Results []struct {
		Fleet struct {
			Memberships int  `json:"memberships"`
			Roles       int  `json:"roles"`
			RoleMembers bool `json:"role_members"`
			UUIDs       bool `json:"uuids"`
		} `json:"fleet"`
		Step     string  `json:"step"`
		Seconds  float64 `json:"seconds"`
		Requests int     `json:"requests"`
		Failure  string  `json:"failure"`
	} `json:"results"`
}

// curve is a line of each of the two plots.
type curve struct {
	name              string
	color             color.Color
	seconds, requests plotter.XYs
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: plot <results.json> <picture.svg>")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func run(results, picture string) error {
	plot.DefaultFont.Variant = "Sans"
	text, err := os.ReadFile(results)
	if err != nil {
		return err
	}
	var all []series
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	curves := curvesOf(all)
	for _, c := range curves {
		if len(c.seconds) < 2 {
			return fmt.Errorf("%s needs plans of at least two sizes in roles of 100 for %s", results, c.name)
		}
	}
	if len(curves) != 3 {
		return fmt.Errorf("%s has %d curves, want 3: memberships, role members, and the vendor's provider", results, len(curves))
	}
	seconds, err := chart("Seconds of a plan", curves, func(c curve) plotter.XYs { return c.seconds })
	if err != nil {
		return err
	}
	seconds.Legend = plot.NewLegend() // The other plot has the legend.
	requests, err := chart("Requests of a plan", curves, func(c curve) plotter.XYs { return c.requests })
	if err != nil {
		return err
	}
	if err := addLimit(requests); err != nil {
		return err
	}
	return drawBeside(picture, seconds, requests)
}

// curvesOf selects the plans of roles of 100 members, because all kinds of resources are measured with them.
func curvesOf(all []series) []curve {
	var curves []curve
	for _, s := range all {
		single := curve{name: "memberships", color: color.RGBA{0x1d, 0x4a, 0xff, 0xff}}
		roleMembers := curve{name: "role members", color: color.RGBA{0x1f, 0x9d, 0x55, 0xff}}
		if s.Source != ownSource {
			single = curve{name: "vendor's provider", color: color.RGBA{0xd9, 0x4f, 0x2b, 0xff}}
		}
		for _, r := range s.Results {
			if r.Step != "plan" || r.Failure != "" || r.Fleet.Memberships != 100*r.Fleet.Roles {
				continue
			}
			if r.Fleet.UUIDs && s.Source == ownSource {
				continue // Names are recommended.
			}
			c := &single
			if r.Fleet.RoleMembers {
				c = &roleMembers
			}
			c.seconds = append(c.seconds, plotter.XY{X: float64(r.Fleet.Memberships), Y: r.Seconds})
			c.requests = append(c.requests, plotter.XY{X: float64(r.Fleet.Memberships), Y: float64(r.Requests)})
		}
		for _, c := range []curve{single, roleMembers} {
			if len(c.seconds) > 0 {
				curves = append(curves, c)
			}
		}
	}
	return curves
}

// chart draws the curves on logarithmic axes, because fleets have 100 to 10,000 members.
func chart(title string, curves []curve, values func(curve) plotter.XYs) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = title
	p.Title.Padding = vg.Points(8)
	p.X.Label.Text = "members in roles of 100"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks{}, ticks{}
	// The legend is below the curves, where it fits in any font.
	p.Legend.Left, p.Legend.XOffs, p.Legend.Padding = true, 4.6*vg.Centimeter, vg.Points(3)
	p.Add(grid())
	for _, c := range curves {
		line, points, err := plotter.NewLinePoints(values(c))
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", title, c.name, err)
		}
		line.Color, line.Width = c.color, vg.Points(2)
		points.Color, points.Shape, points.Radius = c.color, draw.CircleGlyph{}, vg.Points(3)
		p.Add(line, points)
		p.Legend.Add(c.name, line, points)
	}
	return p, nil
}

func grid() *plotter.Grid {
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = color.Gray{0xe4}, color.Gray{0xe4}
	return g
}

// addLimit draws the rate limit of a minute.
func addLimit(p *plot.Plot) error {
	line, err := plotter.NewLine(plotter.XYs{{X: p.X.Min, Y: limit}, {X: p.X.Max, Y: limit}})
	if err != nil {
		return err
	}
	line.Color, line.Dashes = color.Gray{0x60}, []vg.Length{vg.Points(4), vg.Points(3)}
	p.Add(line)
	p.Legend.Add("limit of a minute", line)
	return nil
}

// ticks are logarithmic. Only 1, 2 and 5 and their multiples by powers of ten have labels.
type ticks struct{}

func (ticks) Ticks(minimum, maximum float64) []plot.Tick {
	var marks []plot.Tick
	seen := map[float64]bool{} // LogTicks returns each power of ten twice.
	for _, tick := range (plot.LogTicks{Prec: -1}).Ticks(minimum, maximum) {
		if seen[tick.Value] {
			continue
		}
		seen[tick.Value] = true
		tick.Label = fmt.Sprintf("%g", tick.Value)
		if !strings.ContainsAny(strings.TrimLeft(tick.Label, "0.")[:1], "125") {
			tick.Label = ""
		}
		marks = append(marks, tick)
	}
	return marks
}

// drawBeside writes both plots, side by side, into a file.
func drawBeside(path string, left, right *plot.Plot) error {
	const width, height = 26 * vg.Centimeter, 10 * vg.Centimeter
	canvas := vgsvg.NewWith(vgsvg.UseWH(width, height))
	whole := draw.New(canvas)
	whole.SetColor(color.White)
	whole.Fill(whole.Rectangle.Path())
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: vg.Centimeter, PadTop: vg.Points(8), PadBottom: vg.Points(8), PadLeft: vg.Points(8), PadRight: vg.Points(8)}
	for i, cell := range plot.Align([][]*plot.Plot{{left, right}}, tiles, whole)[0] {
		[]*plot.Plot{left, right}[i].Draw(cell)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := canvas.WriteTo(file); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
